import { toolSamples } from '../../simulators/provider/samples/responses-tools.ts'
import { wireSuite } from '../shared/testing/wire-suite.ts'
import { createNormaliser } from './normalise.ts'

wireSuite('the Responses API with tools', {
  samples: toolSamples,
  normaliser: () => createNormaliser((text) => text),
  isTerminal: ({ type }) => type === 'response.completed',
})
