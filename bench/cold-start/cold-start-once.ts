/** Our side of bench `cold-start`: a process that loads the engine, makes one COPY, and ends. */
import { encodeImage } from '#platform/image/encode.ts'
import { writeFileWhole } from '#platform/image/write-file.ts'
import { Engine } from '#worker/engine/engine.ts'
import { requestOf } from '../denoise/kinds.ts'
import { memory, traffic } from '../measure/process-costs.ts'
import { type ColdStartFound, coldStartTask } from './cold-start-task.ts'

const now = () => performance.timeOrigin + performance.now()

const readyAt = now()
const { checkpoint, device, threads, side, picture } = coldStartTask.parse(
  JSON.parse(process.argv[2] ?? ''),
)
await using engine = new Engine({ checkpoint, device, threads })
await engine.load()
const loadedAt = now()

const { images } = await engine.run(await requestOf('copy', side))
const [first] = images
if (!first) throw new Error('the engine made no picture')
await writeFileWhole(picture, await encodeImage(first.image, { format: 'png' }))
const pictureAt = now()

// What it costs is counted where the networks run.
const { pid = 'self' } = engine
const found: ColdStartFound = {
  readyAt,
  loadedAt,
  pictureAt,
  fromDisk: traffic(pid).fromDisk,
  memory: memory(pid),
}
console.log(JSON.stringify(found))
