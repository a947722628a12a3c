/** What `--help` prints. */

export const help = `Looks into the queue of jobs, and mends it by hand.

  npm run queue -- list               what waits, runs and is delayed, and which workers are alive
  npm run queue -- peek ID            everything about one job or dead letter
  npm run queue -- dead               dead letters, newest first: what cannot be read, and what failed or
                                      killed its worker too often
  npm run queue -- retry ID           puts a dead letter or a failed job at the back of the queue
  npm run queue -- retry --all-dead   the same with every dead letter that is a job; asks first
  npm run queue -- drop ID            takes a job or a dead letter away for good; what runs is cancelled

  --json           of list, peek and dead: one JSON object on one line
  --count N        of list and dead: at most so many of each kind, 1 to 1000; default 20
  --show-content   of peek: prompts and URLs too, though never a signed URL's query
  --yes            of retry --all-dead: does not ask
  -h, --help       this text

A dead letter that has no id goes by its name, or the first seven signs of it.
REDIS_URL, QUEUE_NAME, QUEUE_POP and REDIS_ALLOW_UNSAFE are read as a worker reads them.
`
