/**
 * Runs in every page before the page's own scripts, and tells the test what nobody may ever see, however short: a failure on the page, or
 * something that the content security policy had to stop. `complain` is the test's (visit.ts).
 */
const FAILURE = '[data-tone="problem"], [role="alert"]'
const told = new WeakSet()

function look() {
  for (const element of document.querySelectorAll(FAILURE)) {
    if (told.has(element)) continue
    told.add(element)
    globalThis.complain(`The page shows a failure: ${element.textContent}`)
  }
}

new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-tone', 'role'] })
document.addEventListener('securitypolicyviolation', (event) => {
  globalThis.complain(`The policy stopped ${event.violatedDirective}: ${event.blockedURI}`)
})
