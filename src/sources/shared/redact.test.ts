import { describe, expect, it } from 'vitest'
import { createRedactor } from './redact.ts'

describe('a redactor', () => {
  const redact = createRedactor(['gateway-key-123', 'x'])

  it('takes out the key itself, whatever it looks like', () => {
    expect(redact('key gateway-key-123 refused')).toBe('key [redacted] refused')
  })

  it('takes out what looks like a key, whole or masked', () => {
    expect(redact('Incorrect API key: sk-proj-Ab_1*****yz9. See "abcd****wxyz".')).toBe('Incorrect API key: [redacted] See "[redacted]".')
    expect(redact('sent Authorization: Bearer abc.def')).toBe('sent Authorization: [redacted]')
  })

  it('leaves other text as it is, also where a configured key is too short to be one', () => {
    expect(redact('max tokens **exceeded** by x')).toBe('max tokens **exceeded** by x')
  })

  it('stays linear on long words', () => {
    const before = performance.now()
    expect(redact('y'.repeat(1_000_000))).toHaveLength(1_000_000)
    expect(performance.now() - before).toBeLessThan(1_000)
  })
})
