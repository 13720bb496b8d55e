import '@fontsource-variable/inter/wght.css'
import '@fontsource-variable/jetbrains-mono/wght.css'
import './styles/tokens.css'
import './styles/base.css'
import './styles/layout.css'
import './styles/sidebar.css'
import './styles/thread.css'
import './styles/markdown.css'
import './styles/composer.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { createHints } from './browser/hints.ts'
import { client } from './client.ts'

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no element with the id "root".')
const host = { client, hints: createHints() }
createRoot(root).render(
  <StrictMode>
    <App host={host} />
  </StrictMode>,
)
