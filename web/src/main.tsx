import '@fontsource-variable/inter/wght.css'
import '@fontsource-variable/jetbrains-mono/wght.css'
import './styles/tokens.css'
import './styles/base.css'
import './styles/layout.css'
import './styles/sidebar.css'
import './styles/thread.css'
import './styles/markdown.css'
import './styles/composer.css'
import './styles/access.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { createHints } from './browser/hints.ts'
import { parseWatchToken } from './browser/watch-token.ts'
import { client } from './client.ts'
import { Gate } from './components/gate.tsx'
import { Watch, WrongLink } from './components/watch.tsx'

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no element with the id "root".')
createRoot(root).render(<StrictMode>{location.pathname.startsWith('/watch/') ? watchPage() : chatPage()}</StrictMode>)

function watchPage() {
  const link = parseWatchToken(location.pathname)
  return link ? <Watch link={link} /> : <WrongLink />
}

function chatPage() {
  return (
    <Gate>
      <App host={{ client, hints: createHints() }} />
    </Gate>
  )
}
