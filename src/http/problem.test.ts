import { describe, expect, it } from 'vitest'
import { ERROR_CODES, SluiceError } from '../core/errors.ts'
import { problemOf, problemResponse, Refusal } from './problem.ts'

describe('problem details', () => {
  it.each(ERROR_CODES)('say %s with a title, a status of failure and a safe sentence', async (code) => {
    const response = problemResponse(new SluiceError(code, 'secret', { cause: new Error('of somebody else') }), 'id')
    const problem = (await response.json()) as Record<string, unknown>
    expect(response.status).toBeGreaterThanOrEqual(400)
    expect(problem).toEqual({
      type: `urn:sluice:error:${code}`,
      title: expect.stringMatching(/^(?!Error$)/),
      status: response.status,
      detail: expect.not.stringContaining('secret'),
      code,
      requestId: 'id',
    })
  })

  it('repeat our own words about a request, and only those', () => {
    const detail = (error: SluiceError): string => problemOf(error, 'id').detail
    for (const code of ['invalid-request', 'too-large', 'conflict'] as const) {
      expect(detail(new SluiceError(code, 'Use a smaller one.'))).toBe('Use a smaller one.')
      expect(detail(new SluiceError(code, 'The provider said: secret', { cause: 'secret' }))).not.toContain('secret')
    }
    expect(detail(new SluiceError('not-found', 'run 7 belongs to somebody else'))).not.toContain('7')
    expect(detail(new Refusal(404, 'not-found', 'There is no such page.'))).toBe('There is no such page.')
  })

  it('say when to come back, rounded up to seconds', () => {
    const retryAfter = (error: SluiceError): string | null => problemResponse(error, 'id').headers.get('retry-after')
    expect(retryAfter(new SluiceError('overloaded', 'x', { retryAfterMs: 1_001 }))).toBe('2')
    expect(retryAfter(new SluiceError('overloaded', 'x', { retryAfterMs: 0 }))).toBe('1')
    expect(retryAfter(new SluiceError('unavailable', 'x'))).toBe('1')
    expect(retryAfter(new SluiceError('not-found', 'x'))).toBeNull()
  })
})
