/** The sources that the settings ask for, open and owned by the composition. */
import type { Clock } from '../core/clock.ts'
import type { Source } from '../ports/source.ts'
import { createAnthropicSource } from '../sources/anthropic/source.ts'
import { createOpenAISource } from '../sources/openai/source.ts'
import { createOpenAIChatSource } from '../sources/openai-chat/source.ts'
import { createSimulatedSource } from '../sources/simulated/source.ts'
import type { Settings } from './settings.ts'

/**
 * Those of providers with a key, then further endpoints, and the simulated model, which is always there.
 * @throws {SluiceError} `configuration` when one cannot be used; `resources` closes those that are open.
 */
export function openSources({ openai, anthropic, compatible }: Settings, clock: Clock, resources: AsyncDisposableStack): readonly Source[] {
  const sources: Source[] = []
  const opened = <T extends Source & AsyncDisposable>(source: T): T => {
    sources.push(resources.use(source))
    return source
  }
  if (openai.apiKey) {
    const endpoint = { apiKey: openai.apiKey.reveal(), baseUrl: openai.baseUrl, clock }
    const { models } = opened(createOpenAISource(endpoint))
    opened(createOpenAIChatSource({ ...endpoint, models }))
  }
  if (anthropic.apiKey) opened(createAnthropicSource({ apiKey: anthropic.apiKey.reveal(), baseUrl: anthropic.baseUrl, clock }))
  for (const { name, baseUrl, apiKey, models, variables } of compatible) {
    opened(createOpenAIChatSource({ name, label: name, baseUrl, models, variables, clock, ...(apiKey ? { apiKey: apiKey.reveal() } : {}) }))
  }
  return [...sources, createSimulatedSource({ clock })]
}
