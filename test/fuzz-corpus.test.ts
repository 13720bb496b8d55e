/** The corpus of the fuzzer (fuzz/README.md), replayed, and a few executions of each target with a fixed seed. */
import { readdir } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { createCampaign } from '../fuzz/campaign.ts'
import { CORPUS, loadCorpus } from '../fuzz/corpus.ts'
import { execute } from '../fuzz/execute.ts'
import { minimise } from '../fuzz/minimise.ts'
import { bytesOf, must, type Target, textOf } from '../fuzz/target.ts'
import { TARGETS } from '../fuzz/targets/index.ts'

const SEED = 20261121
const EXECUTIONS = 150
const MAX_FILES = 40
const MAX_FILE_BYTES = 4 * 1024

/** A parser with a planted bug, three right bytes deep. */
const planted: Target = {
  name: 'planted',
  seeds: () => ['some words before', 'x=1;y=22'].map(bytesOf),
  dictionary: ['=', ';', '<!'],
  shape: 'bytes',
  maxBytes: 64,
  run(input) {
    const text = textOf(input) ?? ''
    const deep = text.includes('<') ? (text.includes('<!') ? (/<!\d/.test(text) ? 3 : 2) : 1) : 0
    must(deep < 3, 'no mark has a number', () => text)
    return { features: [`depth ${deep}`] }
  },
}

describe('the corpus of the fuzzer', () => {
  it('has a target for each of its folders, and small files', async () => {
    const names = TARGETS.map(({ name }) => name)
    expect((await readdir(CORPUS)).filter((name) => !names.includes(name))).toEqual([])
    for (const target of TARGETS) {
      const inputs = [...(await loadCorpus(target)).values()]
      expect(inputs.length, target.name).toBeLessThanOrEqual(MAX_FILES)
      for (const input of inputs) expect(input.length, target.name).toBeLessThanOrEqual(MAX_FILE_BYTES)
    }
  })

  for (const target of TARGETS) {
    it(`breaks nothing in ${target.name}, and neither do ${EXECUTIONS} mutations of it`, async () => {
      const inputs = await loadCorpus(target)
      for (const [file, input] of inputs) {
        const execution = await execute(target, input)
        if ('failure' in execution) throw new Error(`fuzz/corpus/${target.name}/${file}: ${execution.failure.stack}`)
      }
      const campaign = createCampaign(target, { seed: SEED, inputs: [...inputs.values()] })
      await campaign.begin()
      const begun = campaign.executions
      while (campaign.executions - begun < EXECUTIONS) await campaign.step()
      expect(campaign.failures.map(({ message, input }) => ({ message, input: Buffer.from(input).toString('base64') }))).toEqual([])
    })
  }
})

describe('the search', () => {
  const search = async (seed: number, executions: number) => {
    const campaign = createCampaign(planted, { seed, inputs: [] })
    await campaign.begin()
    while (campaign.executions < executions) await campaign.step()
    return campaign
  }

  it('finds what takes several steps, makes it small, and counts it once', async () => {
    const { failures, corpus } = await search(1, 20_000)
    expect(failures.map(({ kind }) => kind)).toEqual(['no mark has a number'])
    expect(textOf(failures[0]?.input ?? new Uint8Array(0))).toMatch(/^<!\d$/)
    expect(corpus.flatMap(({ outcome }) => outcome.features)).toContain('depth 2')
  })

  it('does the same for the same seed, and something else for another', async () => {
    const trace = async (seed: number) => (await search(seed, 500)).corpus.map(({ input }) => textOf(input))
    expect(await trace(7)).toEqual(await trace(7))
    expect(await trace(7)).not.toEqual(await trace(8))
  })

  it('tells slowness from a pause: only what is slow every time fails', async () => {
    let turns = 0
    const work = (ms: number): void => {
      const from = process.threadCpuUsage()
      while (process.threadCpuUsage(from).user < ms * 1_000);
    }
    const slow = (times: number): Target => ({
      ...planted,
      run() {
        if (turns++ < times) work(200)
        return { features: [] }
      },
    })
    expect(await execute(slow(1), bytesOf('a'))).toEqual({ outcome: { features: [] } })
    turns = 0
    expect(await execute(slow(Number.POSITIVE_INFINITY), bytesOf('a'))).toMatchObject({ failure: { kind: 'slow' } })
  })

  it('makes an input as small as removing bytes can', async () => {
    const smallest = await minimise(bytesOf('aaaaXbbbbbbbYcc'), async (bytes) => /X.*Y/.test(textOf(bytes) ?? ''), 1_000)
    expect(textOf(smallest)).toBe('XY')
  })
})
