import { responsesSamples } from '../../simulators/provider/samples/responses.ts'
import { toolSamples } from '../../simulators/provider/samples/responses-tools.ts'
import { wireSuite } from '../shared/testing/wire-suite.ts'
import { createNormaliser } from './normalise.ts'

wireSuite('the Responses API', {
  // Those with tools have a file of their own, which runs beside this one.
  samples: responsesSamples.filter((sample) => !toolSamples.includes(sample)),
  normaliser: () => createNormaliser((text) => text),
  isTerminal: ({ type }) => type === 'response.completed' || type === 'response.incomplete',
})
