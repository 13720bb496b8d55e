/** Reads a line of curl as it stands in a document, as a request: the few options that our documents use, and nothing that is guessed. */

export interface CurlLine {
  /** As it stands there. */
  readonly line: string
  readonly method: string
  readonly address: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** What a comment such as `# 405` says; any 2xx otherwise. */
  readonly status?: number
}

/** The curl lines of a document, in order: those of fenced and of indented blocks. */
export function curlLines(markdown: string): readonly string[] {
  const lines: string[] = []
  let fenced = false
  for (const line of markdown.split('\n')) {
    if (line.startsWith('```')) fenced = !fenced
    else if ((fenced || line.startsWith('    ')) && line.trimStart().startsWith('curl ')) lines.push(line.trim())
  }
  return lines
}

/** @param fill gives what stands for `<name>` in a word of the line. @throws for an option that it does not know. */
export function parseCurl(line: string, fill: (word: string) => string): CurlLine {
  const { words, comment } = wordsOf(line)
  const [program, ...rest] = words.map(fill)
  if (program !== 'curl') throw new Error(`This is no line of curl: ${line}`)
  const headers: Record<string, string> = {}
  const addresses: string[] = []
  let method: string | undefined
  let body: string | undefined
  while (rest.length > 0) {
    const word = rest.shift() ?? ''
    const value = (): string => rest.shift() ?? fail(`${word} needs a value`, line)
    if (word === '-N') continue
    if (word === '-I') method = 'HEAD'
    else if (word === '-X') method = value()
    else if (word === '-d' || word === '--data-binary') body = value()
    else if (word === '-H') {
      const [, name = '', text = ''] = /^([\w-]+): (.*)$/.exec(value()) ?? fail('a header is `name: value`', line)
      headers[name] = text
    } else if (word.startsWith('-')) fail(`the option ${word} is not known`, line)
    else addresses.push(word)
  }
  const [address = fail('there is no address', line), ...more] = addresses
  if (more.length > 0) fail('there are two addresses', line)
  // What curl says of a body when nobody says anything: a document that forgets the type must fail here too.
  if (body !== undefined) headers['content-type'] ??= 'application/x-www-form-urlencoded'
  const status = /^(\d{3})\b/.exec(comment)?.[1]
  return {
    line,
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    address: address.startsWith('http') ? address : `http://${address}`,
    headers,
    ...(body === undefined ? {} : { body }),
    ...(status === undefined ? {} : { status: Number(status) }),
  }
}

/** Words as a shell makes them: quotes keep together, a `#` that begins a word begins a comment. */
function wordsOf(line: string): { readonly words: readonly string[]; readonly comment: string } {
  const words: string[] = []
  // What stands between `<` and `>` is one name also where a shell would end the word.
  const piece = /\s*(?:#\s*(.*)$|((?:'[^']*'|"[^"]*"|<[^>]*>|[^\s'"<])+))/y
  while (piece.lastIndex < line.length) {
    const found = piece.exec(line) ?? fail('a quote is open', line)
    const [, comment, word] = found
    if (comment !== undefined) return { words, comment }
    if (word !== undefined)
      words.push(word.replaceAll(/'([^']*)'|"([^"]*)"/g, (_, single?: string, double?: string) => single ?? double ?? ''))
  }
  return { words, comment: '' }
}

function fail(why: string, line: string): never {
  throw new Error(`${why}: ${line}`)
}
