/** One endpoint as the one who answers: its name, its words for failures, and what to do about them. */
import type { Provider } from '../shared/failure.ts'
import { OPENAI_WORDS, openaiLimitResetMs, openaiSafeMessage } from '../shared/openai-words.ts'
import type { Dialect } from './dialects.ts'

/** The variables that set an endpoint up: errors name them. */
export interface EndpointVariables {
  readonly apiKey: string
  readonly baseUrl: string
}

/** @param hasKey whether requests carry a key: what to do about a refused one depends on it. */
export function providerOf({ words, requestIdHeader }: Dialect, label: string, variables: EndpointVariables, hasKey: boolean): Provider {
  return {
    label,
    words: { ...OPENAI_WORDS, ...words },
    remedies: {
      quota: `Check the plan and the billing of the account at ${label}.`,
      auth: hasKey ? `Check ${variables.apiKey}, and that it may use this model.` : `Set ${variables.apiKey}: it asks for a key.`,
      'rate-limit': 'Wait before the next request.',
      configuration: `Set ${variables.baseUrl} to the address that answers, rather than to one that redirects.`,
    },
    requestIdHeader,
    limitResetMs: openaiLimitResetMs,
    safeMessage: openaiSafeMessage,
  }
}
