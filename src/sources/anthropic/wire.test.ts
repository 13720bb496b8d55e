import { anthropicSamples as samples } from '../../simulators/provider/samples/anthropic.ts'
import { wireSuite } from '../shared/testing/wire-suite.ts'
import { createNormaliser } from './normalise.ts'

wireSuite('Anthropic Messages', {
  samples,
  normaliser: () => createNormaliser((text) => text),
  isTerminal: ({ type }) => type === 'message_stop',
})
