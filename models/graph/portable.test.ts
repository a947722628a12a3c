import { lowering } from './lowering.case.ts'
import { portable } from './portable.ts'

const exact = { device: 'cpu', precision: 'float32', tolerance: 1e-5 } as const

lowering(portable, { ...exact, weights: 'prepared' })
lowering(portable, { ...exact, weights: 'in-place' })
lowering(portable, { device: 'cpu', precision: 'float16', tolerance: 5e-3, weights: 'prepared' })
