import { responsesSamples as samples } from '../../simulators/provider/samples/responses.ts'
import { wireSuite } from '../shared/testing/wire-suite.ts'
import { createNormaliser } from './normalise.ts'

wireSuite('the Responses API', {
  samples,
  normaliser: () => createNormaliser((text) => text),
  isTerminal: ({ type }) => type === 'response.completed' || type === 'response.incomplete',
})
