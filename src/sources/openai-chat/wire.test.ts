import { chatSamples as samples } from '../../simulators/provider/samples/chat.ts'
import { wireSuite } from '../shared/testing/wire-suite.ts'
import { objectsAt, textAt } from '../shared/wire.ts'
import { testNormaliser } from './testing.ts'

wireSuite('Chat Completions', {
  samples,
  normaliser: testNormaliser,
  isTerminal: (wire) => Boolean(textAt(objectsAt(wire, 'choices')[0], 'finish_reason')),
})
