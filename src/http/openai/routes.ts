/** The surface for clients of OpenAI. */
import type { AppDeps, Router } from '../context.ts'
import { modelRoutes } from './models.ts'
import { completionRoutes } from './routes-completions.ts'
import { responsesRoutes } from './routes-responses.ts'

/** Addresses that take bodies. */
export const OPENAI_POSTS = ['/v1/responses', '/v1/chat/completions'] as const

export function openAIRoutes(router: Router, deps: AppDeps): void {
  responsesRoutes(router, deps)
  completionRoutes(router, deps)
  modelRoutes(router, deps)
}
