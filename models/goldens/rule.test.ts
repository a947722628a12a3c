import { expect, test } from 'vitest'
import { fnv1a, weightByRule } from './rule.ts'

test('names become the seeds that the specification gives', () => {
  expect(fnv1a('model.diffusion_model.input_blocks.0.0.weight')).toBe(1457161096)
  expect(fnv1a('conditioner.embedders.1.model.text_projection')).toBe(4171981347)
})

test.each([
  {
    key: 'model.diffusion_model.input_blocks.0.0.weight',
    shape: [32, 4, 3, 3],
    first: [-0.1415373981, 0.263045758, -0.0251513906, -0.26057446],
  },
  { key: 'model.diffusion_model.out.0.weight', shape: [32], first: [0.9625406265, 0.9206460714] },
  { key: 'model.diffusion_model.out.2.bias', shape: [4], first: [-0.0475345962, -0.0257263295] },
  {
    key: 'conditioner.embedders.1.model.text_projection',
    shape: [32, 32],
    first: [0.1194734275, -0.103010796],
  },
])('$key begins with the values of the specification', ({ key, shape, first }) => {
  const values = weightByRule(key, shape)
  expect([...values.subarray(0, first.length)]).toEqual(first.map(Math.fround))
})
