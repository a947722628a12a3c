/** Imported first, it has this process believe in a clock that is wrong by the `clockMs` of its task. */
const { clockMs = 0 } = JSON.parse(process.argv[2] ?? '{}')

globalThis.Date = new Proxy(Date, {
  construct: (target, given) =>
    given.length > 0 ? Reflect.construct(target, given) : new target(target.now() + clockMs),
  get: (target, key) =>
    key === 'now' ? () => target.now() + clockMs : Reflect.get(target, key, target),
})
