import { PGlite } from '@electric-sql/pglite'
const t = (l: string, b: number) => console.log(l, Math.round(performance.now() - b), 'ms', Math.round(process.cpuUsage().user / 1000), 'cpu ms so far')
let b = performance.now(); const one = await PGlite.create({}); t('create', b)
b = performance.now(); const two = await PGlite.create({}); t('second create', b)
b = performance.now(); const dump = await one.dumpDataDir('none'); t('dump ' + dump.size, b)
b = performance.now(); const three = await PGlite.create({ loadDataDir: dump }); t('load', b)
