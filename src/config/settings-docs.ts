/** The settings as people read them: README's table and `.env.example`. */
import { COMPATIBLE_EXAMPLE, COMPATIBLE_SETTINGS } from './compatible.ts'
import { type About, aboutSetting, SETTING_NAMES, type SettingName } from './schema.ts'

/** The setting after which those of further endpoints are documented. */
const LAST_OF_PROVIDERS: SettingName = 'ANTHROPIC_BASE_URL'

/** Every setting under its name or pattern, in the order in which people should meet them. */
function documented(): readonly (readonly [name: string, about: About])[] {
  const compatible = COMPATIBLE_SETTINGS.map((about) => [about.pattern, about] as const)
  return SETTING_NAMES.flatMap((name) => [[name, aboutSetting(name)] as const, ...(name === LAST_OF_PROVIDERS ? compatible : [])])
}

/** A Markdown table of all settings. */
export function settingsTable(): string {
  const rows = documented().map(([name, { description, expects, fallback, secret }]) => {
    const usual = fallback ? `\`${fallback}\`` : ''
    return `| \`${name}\` | ${usual} | ${cell(`${description} ${sentence(expects)}`)}${secret ? ' It is never shown.' : ''} |`
  })
  return ['| Variable | Default | Meaning |', '|---|---|---|', ...rows, ''].join('\n')
}

/** The text of `.env.example`: everything there, nothing set. */
export function envExample(): string {
  const example = COMPATIBLE_EXAMPLE.map(([variable, value]) => `#   ${variable}=${value}\n`).join('')
  const last = COMPATIBLE_SETTINGS.at(-1)?.pattern
  const settings = documented().map(([name, { description, expects, fallback = '' }]) => {
    const lines = `# ${description}\n# ${sentence(expects)}\n#${name}=${fallback}\n`
    return name === last ? `${lines}# Ollama on this machine and OpenRouter, for example:\n${example}` : lines
  })
  const head = [
    '# Settings of Sluice. Copy this file to .env and change what you need; what the environment sets wins over the file.',
    '# Every line is optional and shows its default. Made by `node src/config/env-example.ts --write`.',
    '',
  ].join('\n')
  return [head, ...settings].join('\n')
}

function sentence(expects: string): string {
  return `${expects.slice(0, 1).toUpperCase()}${expects.slice(1)}.`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
}
