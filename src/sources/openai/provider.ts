/** OpenAI as the one who answers: its name, its words for failures, and what to do about them. */
import type { Provider } from '../shared/failure.ts'
import { OPENAI_WORDS, openaiLimitResetMs, openaiSafeMessage } from '../shared/openai-words.ts'

export const OPENAI: Provider = {
  label: 'OpenAI',
  words: OPENAI_WORDS,
  remedies: {
    quota: "Check the plan and the billing of the provider's account.",
    auth: 'Check OPENAI_API_KEY, and that it may use this model.',
    'rate-limit': 'Wait before the next request.',
    configuration: 'Set OPENAI_BASE_URL to the address that answers, rather than to one that redirects.',
  },
  requestIdHeader: 'x-request-id',
  limitResetMs: openaiLimitResetMs,
  safeMessage: openaiSafeMessage,
}
