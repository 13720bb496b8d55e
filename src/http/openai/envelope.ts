/** What a run keeps of the request that it was made by, for the response objects of this surface. */
import { z } from '@hono/zod-openapi'
import type { SourceOptions } from '../../ports/source.ts'

const envelope = z.object({
  api: z.enum(['responses', 'chat']),
  /** They are the first message of the run's input, and not handed on to the next response. */
  instructions: z.exactOptional(z.string()),
  metadata: z.exactOptional(z.record(z.string(), z.string())),
  background: z.exactOptional(z.boolean()),
  previousResponseId: z.exactOptional(z.string()),
  /** Names of the tools that take text; for the model each is a function of one text. */
  customTools: z.exactOptional(z.array(z.string())),
  toolChoice: z.exactOptional(z.enum(['auto', 'none'])),
  /** Reasoning goes out with what its provider knows it by. */
  encryptedReasoning: z.exactOptional(z.boolean()),
})

export type Envelope = z.infer<typeof envelope>

/** For runs that another door made. */
const NONE: Envelope = { api: 'responses' }

export function envelopeOf(options: SourceOptions): Envelope {
  return envelope.safeParse(options.door).data ?? NONE
}

export function withEnvelope(options: SourceOptions, kept: Envelope): SourceOptions {
  return { ...options, door: kept }
}
