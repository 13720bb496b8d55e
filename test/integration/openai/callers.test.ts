/** Who may call the surface for OpenAI's clients, which send their key as a bearer; and what they are told. The handler is asked without a socket. */
import OpenAI from 'openai'
import { afterEach, describe, expect, it } from 'vitest'
import { ANSWER, post } from '../http/harness.ts'
import { bearer, startRun, type TrustBench, trustBench } from '../trust/bench.ts'

const benches: TrustBench[] = []
afterEach(async () => {
  for (const bench of benches.splice(0)) await bench.close()
})

function open(options: Parameters<typeof trustBench>[0] = {}): TrustBench {
  const bench = trustBench(options)
  benches.push(bench)
  return bench
}

function clientOf(bench: TrustBench, apiKey: string): OpenAI {
  return new OpenAI({
    apiKey,
    baseURL: 'http://localhost/v1',
    maxRetries: 0,
    fetch: (input, init) => bench.app.fetch(new Request(input instanceof Request ? input : String(input), init)),
  })
}

async function refused(asked: Promise<unknown>): Promise<unknown> {
  return asked.then(
    () => undefined,
    (error: unknown) => error,
  )
}

const QUESTION = { input: 'Q' }
const CHAT = { model: 'test/echo', messages: [{ role: 'user' as const, content: 'Q' }] }

describe('a caller', () => {
  it('with a wrong key is refused as the package knows it, at every address', async () => {
    const client = clientOf(open(), 'sk-wrong')
    for (const asked of [
      () => client.responses.create(QUESTION),
      () => client.responses.retrieve('resp_run_x'),
      () => client.chat.completions.create(CHAT),
      () => client.models.list(),
    ]) {
      const error = await refused(asked())
      expect(error).toBeInstanceOf(OpenAI.AuthenticationError)
      expect(error).toMatchObject({ status: 401, code: 'invalid_api_key', type: 'authentication_error' })
      expect(String(error)).not.toContain('sk-wrong')
    }
  })

  it('with a key has its own responses and nobody else’s', async () => {
    const bench = open()
    const [one, two] = [await bench.key({ name: 'one' }), await bench.key({ name: 'two' })]
    const [own, other] = [clientOf(bench, one.key), clientOf(bench, two.key)]
    const response = await own.responses.create(QUESTION)
    expect(response.output_text).toBe(ANSWER)
    let text = ''
    for await (const event of await own.responses.retrieve(response.id, { stream: true, starting_after: 2 })) {
      if (event.type === 'response.output_text.delta') text += event.delta
    }
    expect(text).toBe(ANSWER)
    for (const asked of [
      () => other.responses.retrieve(response.id),
      () => other.responses.retrieve(response.id, { stream: true }),
      () => other.responses.cancel(response.id),
      () => other.responses.inputItems.list(response.id),
    ]) {
      expect(await refused(asked())).toBeInstanceOf(OpenAI.NotFoundError)
    }
    const references = [{ type: 'item_reference' as const, id: response.output[0]?.id ?? '' }]
    for (const body of [{ ...QUESTION, previous_response_id: response.id }, { input: references }]) {
      expect(await refused(other.responses.create(body))).toBeInstanceOf(OpenAI.BadRequestError)
    }
  })

  it('with a token for one run reads its response, and goes no further', async () => {
    const bench = open()
    const { key } = await bench.key({ name: 'one' })
    const [run, another] = [await startRun(bench, key), await startRun(bench, key)]
    const issued = (await (await bench.ask(`/v1/runs/${run}/tokens`, post({}, bearer(key)))).json()) as { token: string }
    const client = clientOf(bench, issued.token)
    const events = []
    for await (const event of await client.responses.retrieve(`resp_${run}`, { stream: true })) events.push(event)
    expect(events.at(-1)).toMatchObject({ type: 'response.completed', response: { id: `resp_${run}`, metadata: {} } })
    expect(await refused(client.responses.retrieve(`resp_${another}`))).toBeInstanceOf(OpenAI.NotFoundError)
    expect(await refused(client.responses.cancel(`resp_${run}`))).toBeInstanceOf(OpenAI.PermissionDeniedError)
    expect(await refused(client.responses.create(QUESTION))).toBeInstanceOf(OpenAI.PermissionDeniedError)
  })

  it('that asks too often is told when to come back', async () => {
    const bench = open({ ratePerKey: 1 })
    const { key } = await bench.key({ name: 'one' })
    const client = clientOf(bench, key)
    await client.models.list()
    const error = await refused(client.responses.create(QUESTION))
    expect(error).toBeInstanceOf(OpenAI.RateLimitError)
    expect(error).toMatchObject({ code: 'rate_limit_exceeded', type: 'rate_limit_error' })
    expect((error as InstanceType<typeof OpenAI.APIError>).headers?.get('retry-after')).toBe('60')
  })

  it('that sends a request twice under one key of its own gets one run', async () => {
    const bench = open()
    const { key } = await bench.key({ name: 'one' })
    const client = clientOf(bench, key)
    const options = { headers: { 'Idempotency-Key': 'once' } }
    const [first, again] = [await client.responses.create(QUESTION, options), await client.responses.create(QUESTION, options)]
    expect(again).toEqual(first)
    expect(await refused(client.responses.create({ input: 'Other' }, options))).toBeInstanceOf(OpenAI.ConflictError)
  })
})
