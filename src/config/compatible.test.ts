import { describe, expect, it } from 'vitest'
import { createScrubber } from '../telemetry/secrets.ts'
import { readCompatible } from './compatible.ts'

const URL_OF_BOX = 'http://127.0.0.1:8000/v1'

function read(env: Readonly<Record<string, string>>) {
  return readCompatible(env, createScrubber())
}

describe('endpoints that speak Chat Completions', () => {
  it('are set up by their address alone', () => {
    expect(read({ COMPATIBLE_OLLAMA_BASE_URL: ` ${URL_OF_BOX} ` })).toEqual({
      endpoints: [
        {
          name: 'ollama',
          baseUrl: URL_OF_BOX,
          models: [],
          variables: { apiKey: 'COMPATIBLE_OLLAMA_API_KEY', baseUrl: 'COMPATIBLE_OLLAMA_BASE_URL' },
        },
      ],
      problems: [],
      names: ['ollama'],
    })
  })

  it('may be many, with names of several words in any case, and addresses with a query', () => {
    const azure = 'https://box.openai.azure.com/openai/deployments/x?api-version=2024-10-21'
    const { endpoints, problems } = read({
      COMPATIBLE_My_Azure_2_BASE_URL: azure,
      COMPATIBLE_BASE_URL_BASE_URL: URL_OF_BOX,
      COMPATIBLE_EMPTY_API_KEY: ' ',
      OTHER: 'x',
    })
    expect(problems).toEqual([])
    expect(endpoints.map(({ name, baseUrl }) => [name, baseUrl])).toEqual([
      ['my-azure-2', azure],
      ['base-url', URL_OF_BOX],
    ])
  })

  it.each<[Record<string, string>, readonly RegExp[]]>([
    [{ COMPATIBLE_A_API_KEY: 'secret-key' }, [/^COMPATIBLE_A_BASE_URL is not set, and COMPATIBLE_A_API_KEY needs it\. Set it/]],
    [{ COMPATIBLE_A_API_KEY: 'k', COMPATIBLE_A_MODELS: 'm' }, [/COMPATIBLE_A_API_KEY and COMPATIBLE_A_MODELS need it/]],
    [{ COMPATIBLE_A_BASE_URL: 'localhost:11434' }, [/^COMPATIBLE_A_BASE_URL="localhost:11434" is not accepted: it must be an http/]],
    [{ COMPATIBLE_A_BASE_URL: 'http://me:pass@box/v1' }, [/^COMPATIBLE_A_BASE_URL="http:\/\/\*\*\*@box\/v1" is not accepted/]],
    [{ COMPATIBLE_A_BASE_URL: `${URL_OF_BOX}#x` }, [/is not accepted/]],
    [
      { COMPATIBLE_A_BASE_URL: URL_OF_BOX, COMPATIBLE_A_API_KEY: 'a b', COMPATIBLE_A_MODELS: 'big model' },
      [/^COMPATIBLE_A_API_KEY=\*\*\* is not accepted/, /^COMPATIBLE_A_MODELS="big model" is not accepted/],
    ],
    [{ COMPATIBLE_A_BASE_URL: URL_OF_BOX, COMPATIBLE_A_MODELS: ' , ' }, [/^COMPATIBLE_A_MODELS=/]],
    [
      { COMPATIBLE_OLLAMA_BASEURL: URL_OF_BOX },
      [/^COMPATIBLE_OLLAMA_BASEURL is not a setting: .*Did you mean COMPATIBLE_OLLAMA_BASE_URL\?$/],
    ],
    [{ COMPATIBLE_OLLAMA_URL: URL_OF_BOX }, [/Did you mean COMPATIBLE_OLLAMA_BASE_URL\?$/]],
    [{ COMPATIBLE_MY_BOX_MODEL: 'm' }, [/Did you mean COMPATIBLE_MY_BOX_MODELS\?$/]],
    [{ COMPATIBLE_MY_BOX_KEY: 'k' }, [/Did you mean COMPATIBLE_MY_BOX_API_KEY\?$/]],
    [{ COMPATIBLE_OLLAMA: URL_OF_BOX }, [/^COMPATIBLE_OLLAMA is not a setting: .*_BASE_URL, _API_KEY or _MODELS\./]],
    [{ 'COMPATIBLE_<NAME>_BASE_URL': URL_OF_BOX }, [/names no endpoint: what stands for NAME must be letters, digits/]],
    [{ 'COMPATIBLE_MY-BOX_BASE_URL': URL_OF_BOX }, [/names no endpoint/]],
    [{ COMPATIBLE__A_BASE_URL: URL_OF_BOX }, [/names no endpoint/]],
    [{ [`COMPATIBLE_${'A'.repeat(33)}_BASE_URL`]: URL_OF_BOX }, [/names no endpoint/]],
    [{ COMPATIBLE_OPENAI_BASE_URL: URL_OF_BOX, COMPATIBLE_OPENAI_API_KEY: 'k' }, [/^COMPATIBLE_OPENAI_… would be a second source openai/]],
    [{ COMPATIBLE_OPENAI_CHAT_BASE_URL: URL_OF_BOX }, [/second source openai-chat/]],
    [{ COMPATIBLE_ANTHROPIC_BASE_URL: URL_OF_BOX }, [/second source anthropic/]],
    [{ COMPATIBLE_SIMULATED_BASE_URL: URL_OF_BOX }, [/second source simulated/]],
    [{ COMPATIBLE_BOX_BASE_URL: URL_OF_BOX, COMPATIBLE_Box_BASE_URL: URL_OF_BOX }, [/^COMPATIBLE_Box_… .*differ in case only/]],
  ])('%o is refused', (env, said) => {
    const { endpoints, problems } = read(env)
    expect(problems).toHaveLength(said.length)
    for (const [at, pattern] of said.entries()) expect(problems[at]).toMatch(pattern)
    expect(endpoints.length).toBeLessThan(Object.keys(env).length)
  })

  it('name all their problems at once, and the names that were meant', () => {
    const { problems, names } = read({
      COMPATIBLE_A_BASE_URL: 'x',
      COMPATIBLE_B_API_KEY: 'k',
      COMPATIBLE_C_BASE: 'x',
      COMPATIBLE_D_BASE_URL: URL_OF_BOX,
    })
    expect(problems).toHaveLength(3)
    expect(names).toEqual(['a', 'b', 'd'])
  })
})
