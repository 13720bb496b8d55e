import { describe, expect, test } from 'vitest'
import { judgeRun, type RunFacts } from '../../soak/churn/judge.ts'
import { createPlans, type ProviderPlan, type SimulatedPlan } from '../../soak/plan.ts'

const next = createPlans(1, ['openai/some'])
const plans = Array.from({ length: 400 }, next)

function planOf(fault?: string): ProviderPlan {
  const found = plans.find((plan): plan is ProviderPlan => plan.kind === 'provider' && plan.order.fault === fault)
  if (!found) throw new Error(`No plan with ${fault}`)
  return found
}

const simulated = plans.find((plan): plan is SimulatedPlan => plan.kind === 'simulated' && plan.scenario === 'short')

function facts(more: Partial<RunFacts>): RunFacts {
  const ending = { outcome: 'completed', errorCode: undefined, text: 'abc' } as const
  return { plan: planOf(), attempts: [{ text: 'abc', how: 'sent' }], cancelled: false, restarted: false, ending, ...more }
}

describe('the plans of the soak', () => {
  test('are the same for the same seed and other ones for another', () => {
    const again = createPlans(1, ['openai/some'])
    const other = createPlans(2, ['openai/some'])
    expect(Array.from({ length: 400 }, again)).toEqual(plans)
    expect(Array.from({ length: 400 }, other)).not.toEqual(plans)
  })
})

describe('what the soak says of a run', () => {
  test('nothing when it completed with all that was sent', () => expect(judgeRun(facts({}))).toEqual([]))

  test('that its text lacks the end', () => {
    const ending = { outcome: 'completed', errorCode: undefined, text: 'ab' } as const
    expect(judgeRun(facts({ ending }))).toEqual(['its text lacks the last 1 of 3 characters'])
  })

  test('where its text differs', () => {
    const ending = { outcome: 'completed', errorCode: undefined, text: 'abb' } as const
    expect(judgeRun(facts({ ending }))).toEqual(['its text is not what was sent: it differs at character 2'])
  })

  test('that success is no ending for a stream that broke off', () => {
    const attempts = [{ text: 'abc', how: 'eof' }] as const
    expect(judgeRun(facts({ plan: planOf('eof'), attempts }))).toEqual(['ended completed instead of interrupted (connection)'])
  })

  test('nothing when a repeated attempt made good what the first could not', () => {
    const attempts = [
      { text: '', how: '429' },
      { text: 'abc', how: 'sent' },
    ] as const
    expect(judgeRun(facts({ plan: planOf('429'), attempts }))).toEqual([])
  })

  test('that a restart is the only excuse for an interruption of our own', () => {
    const ending = { outcome: 'interrupted', errorCode: 'server', text: 'ab' } as const
    const attempts = [{ text: 'abc', how: 'client-left' }] as const
    expect(judgeRun(facts({ ending, attempts, restarted: true }))).toEqual([])
    expect(judgeRun(facts({ ending, attempts }))).toHaveLength(2)
  })

  test('that the simulated model has to complete, restarted or not', () => {
    if (!simulated) throw new Error('No simulated plan')
    const partial = { outcome: 'interrupted', errorCode: 'server', text: simulated.text.slice(0, 9) } as const
    expect(judgeRun(facts({ plan: simulated, attempts: [], restarted: true, ending: partial }))).toEqual([
      'ended interrupted (server) instead of completed',
    ])
  })
})
