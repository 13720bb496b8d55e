/** The settings as people read them: README's table and `.env.example`. */
import { aboutSetting, SETTING_NAMES } from './schema.ts'

/** A Markdown table of all settings. */
export function settingsTable(): string {
  const rows = SETTING_NAMES.map((name) => {
    const { description, expects, fallback, secret } = aboutSetting(name)
    const usual = fallback ? `\`${fallback}\`` : ''
    return `| \`${name}\` | ${usual} | ${cell(`${description} ${sentence(expects)}`)}${secret ? ' It is never shown.' : ''} |`
  })
  return ['| Variable | Default | Meaning |', '|---|---|---|', ...rows, ''].join('\n')
}

/** The text of `.env.example`: everything there, nothing set. */
export function envExample(): string {
  const settings = SETTING_NAMES.map((name) => {
    const { description, expects, fallback = '' } = aboutSetting(name)
    return `# ${description}\n# ${sentence(expects)}\n#${name}=${fallback}\n`
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
