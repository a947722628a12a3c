/** What vitest runs before each test file, in the process that may run many. */
import { setUpFile } from './end-with-file.case.ts'

setUpFile()
