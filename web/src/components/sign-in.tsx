import { type FormEvent, type ReactNode, useId, useState } from 'react'

interface Props {
  readonly onDone: () => void
}

/** Asks for an API key and turns it into a session: a cookie that no script sees. The key itself is not kept here. */
export function SignIn({ onDone }: Props): ReactNode {
  const id = useId()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault()
    const key = new FormData(event.currentTarget).get('key')
    setBusy(true)
    setProblem(await signIn(typeof key === 'string' ? key.trim() : '', onDone))
    setBusy(false)
  }
  return (
    <main className="access">
      <form className="access-card" onSubmit={submit}>
        <h1>Sign in</h1>
        <p id={`${id}-help`}>
          This server asks who you are. Its operator makes keys with <code>sluice keys create</code>.
        </p>
        <label htmlFor={id}>API key</label>
        <input
          id={id}
          name="key"
          type="password"
          required
          maxLength={512}
          autoComplete="current-password"
          spellCheck={false}
          placeholder="sl_…"
          aria-describedby={`${id}-help ${id}-problem`}
          aria-invalid={problem !== undefined}
        />
        <p id={`${id}-problem`} className="access-problem" role="alert">
          {problem}
        </p>
        <button type="submit" disabled={busy}>
          {busy ? 'Signing in…' : 'Sign in'}
        </button>
      </form>
    </main>
  )
}

/** What went wrong, or `undefined` when it did not. */
async function signIn(key: string, onDone: () => void): Promise<string | undefined> {
  try {
    const response = await fetch('/v1/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ key }),
    })
    if (!response.ok) return sentenceOf(response.status)
    onDone()
    return undefined
  } catch {
    return 'The server cannot be reached. Try again.'
  }
}

function sentenceOf(status: number): string {
  if (status === 401) return 'This key is not one of this server, or it has ended.'
  if (status === 429) return 'Too many attempts. Wait a minute and try again.'
  return 'The server did not accept this. Try again.'
}
