/** The simulated models: what each of them says. Pure: the same scenario, seed and prompt give the same script. */
import type { PromptMessage } from '../../ports/source.ts'
import { echoOf, questionOf } from './echo.ts'
import { ESSAYS, SHORT, TECHNICAL } from './essays.ts'
import { hostileText } from './hostile.ts'
import { createRandom, type Random } from './random.ts'
import { rightToLeftText } from './right-to-left.ts'
import { createScript, type Pace, type SimulatedScript } from './script.ts'
import { tokenize } from './tokens.ts'

export const SCENARIOS = [
  'short',
  'long',
  'code-and-tables',
  'tool-calls',
  'bursty',
  'stall',
  'mid-stream-error',
  'right-to-left',
  'hostile-markdown',
] as const

export type Scenario = (typeof SCENARIOS)[number]

export function isScenario(name: string): name is Scenario {
  return SCENARIOS.some((scenario) => scenario === name)
}

export interface ScriptOptions {
  /** Silence of `stall`, in milliseconds. */
  readonly stallMs?: number
}

export const DEFAULT_STALL_MS = 10 * 60_000
/** `long` goes on until it has as many tokens; no section has a thousand, so it stays under 3,000. */
const LONG_MIN_TOKENS = 2_050

/** Everything that a simulated model will say to a prompt, event by event. */
export function simulatedScript(
  scenario: Scenario,
  seed: number,
  prompt: string | readonly PromptMessage[],
  options: ScriptOptions = {},
): SimulatedScript {
  return WRITE[scenario]({
    random: createRandom(seed, scenario),
    greeting: greetingTo(echoOf(questionOf(prompt))),
    stallMs: options.stallMs ?? DEFAULT_STALL_MS,
  })
}

/** The text for the reader, whole: what an uninterrupted answer shows; for `mid-stream-error`, up to the error. */
export function simulatedText(scenario: Scenario, seed: number, prompt: string | readonly PromptMessage[]): string {
  return simulatedScript(scenario, seed, prompt)
    .steps.map(({ event }) => (event.type === 'text-delta' ? event.text : ''))
    .join('')
}

interface Setting {
  readonly random: Random
  readonly greeting: string
  readonly stallMs: number
}

const WRITE: Record<Scenario, (setting: Setting) => SimulatedScript> = {
  /** One paragraph. */
  short: ({ random, greeting }) =>
    createScript()
      .text(`${greeting}${first(random.shuffled(SHORT))}\n`)
      .end({ finish: 'stop' }),

  /** 2,000 to 3,000 tokens: the essay on the log, then others, with tables and code between them. */
  long: ({ random, greeting }) => createScript().text(longText(random, greeting)).end({ finish: 'stop' }),

  /** Some reasoning, then three technical sections. */
  'code-and-tables': ({ random, greeting }) =>
    createScript()
      .reasoning(
        '**Choosing the examples**\n\nCode helps more than adjectives here. I will show the reader something that runs, and a table to compare with.',
      )
      .text(`${greeting}${technicalSections(random).slice(0, 3).join('\n\n')}\n`)
      .end({ finish: 'stop' }),

  /** Reasoning, two calls that the provider runs itself, and an answer from their results. */
  'tool-calls': ({ random, greeting }) => toolCalls(random, greeting),

  /** Words in bursts, with pauses between; at the same average speed. */
  bursty: ({ random, greeting }) =>
    createScript()
      .text(`${greeting}${random.shuffled(ESSAYS).slice(0, 3).join('\n\n')}\n`, burstyPace(random))
      .end({ finish: 'stop' }),

  /** Some text, then `stallMs` of silence (at any speed), then the rest. */
  stall: ({ random, greeting, stallMs }) =>
    createScript()
      .split(
        `${greeting}I will think about this for a while, and say nothing meanwhile`,
        stallMs,
        `.\n\n${first(random.shuffled(SHORT))}\n`,
      )
      .end({ finish: 'stop' }),

  /** Half an essay, then an error of the provider, each time that it gets there. */
  'mid-stream-error': ({ random, greeting }) => {
    const tokens = tokenize(`${greeting}${first(random.shuffled(ESSAYS))}`)
    const kept = tokens.slice(0, random.integer(Math.ceil(tokens.length / 3), Math.floor((tokens.length * 2) / 3)))
    const script = createScript().text(kept.join('')).end({ error: 'The server had an error while processing your request (simulated).' })
    // The part stays open: its end belongs to the half that never comes.
    return { ...script, steps: script.steps.slice(0, -1) }
  },

  /** Arabic and Hebrew with Chinese, Japanese, Korean and emoji. */
  'right-to-left': ({ random, greeting }) =>
    createScript()
      .text(`${greeting}${rightToLeftText(random)}`)
      .end({ finish: 'stop' }),

  /** Everything that Markdown can be abused for. */
  'hostile-markdown': ({ random, greeting }) =>
    createScript()
      .text(`${greeting}${hostileText(random)}`)
      .end({ finish: 'stop' }),
}

function greetingTo(echo: string): string {
  const who = 'I am the simulated model: I need no key, and my words were written before you asked.'
  return echo === '' ? `${who}\n\n` : `You asked: “${echo}”\n\n${who}\n\n`
}

/** The first two hold code and a table, and stay in front, so that every answer shows both. */
function technicalSections(random: Random): readonly string[] {
  return [...random.shuffled(TECHNICAL.slice(0, 2)), ...random.shuffled(TECHNICAL.slice(2))]
}

function longText(random: Random, greeting: string): string {
  const technical = technicalSections(random)
  const sections: string[] = [`# On answers that last\n\n${greeting.trimEnd()}`]
  for (const [index, essay] of [first(ESSAYS), ...random.shuffled(ESSAYS.slice(1))].entries()) {
    sections.push(essay)
    const extra = index % 3 === 1 ? technical[Math.floor(index / 3)] : undefined
    if (extra !== undefined) sections.push(extra)
    if (tokenize(sections.join('\n\n')).length >= LONG_MIN_TOKENS) break
  }
  sections.push('---\n\nThat is the end of this answer. Ask with another `seed` for the sections in another order.')
  return `${sections.join('\n\n')}\n`
}

const PORTS = ['Cuxhaven', 'Lisbon', 'Halifax', 'Valparaíso', 'Nagasaki', 'Hobart'] as const

function toolCalls(random: Random, greeting: string): SimulatedScript {
  const port = first(random.shuffled(PORTS))
  const [low, high] = [random.integer(2, 9) / 10, random.integer(24, 41) / 10]
  const [hour, minute, wind] = [random.integer(6, 17), String(random.integer(10, 59)), random.integer(2, 7)]
  return createScript()
    .reasoning(
      `**Looking it up**\n\nThe tide depends on the place and the day, so I should not guess. First the tide at ${port}, then the wind.`,
    )
    .text(`${greeting}Let me look up the tide and the wind at **${port}**.`)
    .tool('get_tide', { port, unit: 'm' }, { highWater: `${hour}:${minute}`, highMetres: high, lowMetres: low })
    .tool('get_wind', { port, scale: 'beaufort' }, { beaufort: wind, from: 'north-west' })
    .text(
      `\n\n## Sailing from ${port}\n\n| | Time | Height |\n|---|---|---:|\n| High water | ${hour}:${minute} | ${high} m |\n| Low water | about six hours later | ${low} m |\n\n` +
        `The wind is ${wind} on the Beaufort scale, from the north-west. ${wind > 5 ? 'I would stay in the harbour today, and read.' : 'Leave an hour before high water, and let the ebb carry you out.'}\n`,
    )
    .end({ finish: 'stop' })
}

/** Bursts of 15 to 60 tokens, each after a pause as long as it would have taken. */
function burstyPace(random: Random): Pace {
  let left = 0
  return () => {
    if (left-- > 0) return 0
    const burst = random.integer(15, 60)
    left = burst - 1
    return burst
  }
}

/** The first of a list that has one: the lists are written above. */
function first<T>(items: readonly T[]): T {
  const [item] = items
  if (item === undefined) throw new Error('An empty list of texts.')
  return item
}
