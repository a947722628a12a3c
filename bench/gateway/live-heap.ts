/** What a process holds of its heap once all garbage is gone, asked of its inspector: growth there is a leak, and nothing else is. */
import { WebSocket } from 'undici'
import { z } from 'zod'

const reply = z.looseObject({
  id: z.number().optional(),
  result: z.looseObject({ usedSize: z.number().optional() }).optional(),
})

/** In MB, after a collection. @param url as `node --inspect` says it. */
export async function liveHeapMb(url: string): Promise<number> {
  const socket = new WebSocket(url)
  try {
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve)
      socket.addEventListener('error', () => reject(new Error(`no inspector at ${url}`)))
    })
    await ask(socket, 1, 'HeapProfiler.collectGarbage')
    // What finalizers let go of is collected by the second.
    await ask(socket, 2, 'HeapProfiler.collectGarbage')
    const { usedSize } = await ask(socket, 3, 'Runtime.getHeapUsage')
    if (usedSize === undefined) throw new Error('the inspector does not tell of the heap')
    return usedSize / 2 ** 20
  } finally {
    socket.close()
  }
}

async function ask(socket: WebSocket, id: number, method: string) {
  const answered = new Promise<NonNullable<z.infer<typeof reply>['result']>>((resolve) => {
    socket.addEventListener('message', ({ data }) => {
      const { id: of, result } = reply.parse(JSON.parse(String(data)))
      if (of === id) resolve(result ?? {})
    })
  })
  socket.send(JSON.stringify({ id, method }))
  return await answered
}
