/** Every number of `/metrics`, once: its name, what it means, its labels. `worker/README.md` has them as a table. */

export const counters = {
  jobs: {
    name: 'i2i_jobs_total',
    help: 'Attempts that ended, by mode, outcome and code of the failure (none where there is none).',
    labelNames: ['mode', 'outcome', 'code'],
  },
  images: {
    name: 'i2i_images_total',
    help: 'Pictures of jobs that were completed.',
    labelNames: ['mode'],
  },
  evaluations: {
    name: 'i2i_evaluations_total',
    help: 'Evaluations of the UNet, in jobs that were drawn to their end; a guided one counts once.',
    labelNames: ['gpu'],
  },
  engineDeaths: {
    name: 'i2i_engine_restarts_total',
    help: 'Engines that ended unasked and were begun anew, by why.',
    labelNames: ['gpu', 'code'],
  },
  selfTests: {
    name: 'i2i_self_tests_total',
    help: 'Self-tests after a quarantine began, by outcome: passed or failed.',
    labelNames: ['gpu', 'outcome'],
  },
  enhancements: {
    name: 'i2i_enhancement_prompts_total',
    help: 'Prompts of jobs, by who wrote what is drawn (qwen, cache, none), and why nobody did.',
    labelNames: ['source', 'fallback'],
  },
  stalledJobs: {
    name: 'i2i_stalled_jobs_total',
    help: 'Jobs let go because their engine showed no sign of life and its own watchdog did not end it.',
    labelNames: ['gpu'],
  },
} as const

const SECONDS = [0.01, 0.03, 0.1, 0.25, 0.5, 1, 2, 3, 4, 6, 8, 12, 20, 40, 90, 180, 600]

export const histograms = {
  stages: {
    name: 'i2i_stage_seconds',
    help: 'Time of a stage of a job: reference, prompt, encode, denoise, decode, files.',
    labelNames: ['stage', 'mode'],
    buckets: SECONDS,
  },
  whole: {
    name: 'i2i_job_seconds',
    help: 'Time from the claim to the end of a job that was completed.',
    labelNames: ['mode'],
    buckets: SECONDS,
  },
  queueWait: {
    name: 'i2i_queue_wait_seconds',
    help: 'Time from the push to the first claim, of jobs that say when they were pushed.',
    labelNames: ['mode'],
    buckets: SECONDS,
  },
  enhancement: {
    name: 'i2i_enhancement_seconds',
    help: 'Time that a job’s preparing waited for its prompt, where the enhancer was asked.',
    labelNames: ['source'],
    buckets: SECONDS,
  },
} as const

export const gauges = {
  queueUp: {
    name: 'i2i_queue_up',
    help: '1 where the queue answered this scrape within a second; else 0, and nothing is said of it.',
    labelNames: [],
  },
  queueJobs: {
    name: 'i2i_queue_jobs',
    help: 'Jobs in the queue: waiting, priority, delayed, active, and dead letters.',
    labelNames: ['state'],
  },
  queueAge: {
    name: 'i2i_queue_oldest_seconds',
    help: 'For how long the head of the queue has been seen to be its head: less than it waited.',
    labelNames: [],
  },
  engines: {
    name: 'i2i_engines',
    help: 'Engines of all workers of the queue, by what each said of itself at its last beat.',
    labelNames: ['state'],
  },
  waitSeconds: {
    name: 'i2i_wait_seconds',
    help: 'Seconds of work for each engine of the queue that takes jobs: all that waits or is held, by what such took.',
    labelNames: [],
  },
  owedCallbacks: {
    name: 'i2i_owed_callbacks',
    help: 'Callbacks that wait to be delivered.',
    labelNames: [],
  },
  state: {
    name: 'i2i_worker_state',
    help: '1 for the state that the engine is in: idle, busy, degraded, draining; none while it loads first.',
    labelNames: ['gpu', 'state'],
  },
  enhancing: {
    name: 'i2i_enhancement_available',
    help: '1 where prompts are enhanced now, else 0.',
    labelNames: ['gpu'],
  },
  heldJobs: {
    name: 'i2i_held_jobs',
    help: 'Jobs that are held: prepared, drawn or delivered.',
    labelNames: ['gpu'],
  },
  heldSeconds: {
    name: 'i2i_held_seconds',
    help: 'Time of the engine that the jobs will take which it holds and has not drawn to their end.',
    labelNames: ['gpu'],
  },
  service: {
    name: 'i2i_service_seconds',
    help: 'Time of the engine that an image takes, by mode and size: a moving average.',
    labelNames: ['gpu', 'mode', 'size'],
  },
  evaluationRate: {
    name: 'i2i_evaluations_per_second',
    help: 'Evaluations of the UNet per second of denoising, in the last job that was drawn.',
    labelNames: ['gpu'],
  },
  resident: {
    name: 'i2i_resident_bytes',
    help: 'Memory that is resident, by process: worker, or engine; of engines on Linux alone.',
    labelNames: ['process', 'gpu'],
  },
  gpuMemory: {
    name: 'i2i_gpu_memory_bytes',
    help: 'Memory of the GPU, by state: used, by whomever, or free. It may be some seconds old.',
    labelNames: ['gpu', 'state'],
  },
  eventLoopDelay: {
    name: 'i2i_event_loop_delay_seconds',
    help: 'How late the daemon’s own thread came to its work since the last scrape, by quantile.',
    labelNames: ['quantile'],
  },
  info: {
    name: 'i2i_worker_info',
    help: '1; what runs, in its labels.',
    labelNames: ['gpu', 'version', 'device', 'checkpoint'],
  },
} as const
