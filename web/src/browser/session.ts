/**
 * What a tab remembers over a reload: drafts, and questions that were sent but not yet confirmed. A browser that
 * refuses storage (private windows, a full quota) keeps it until the reload only.
 */
const memory = new Map<string, string>()
const PREFIX = 'sluice:'

export const session = {
  get(key: string): string | undefined {
    try {
      return sessionStorage.getItem(PREFIX + key) ?? memory.get(key)
    } catch {
      return memory.get(key)
    }
  },
  set(key: string, value: string): void {
    try {
      sessionStorage.setItem(PREFIX + key, value)
      memory.delete(key)
    } catch {
      memory.set(key, value)
    }
  },
  remove(key: string): void {
    memory.delete(key)
    try {
      sessionStorage.removeItem(PREFIX + key)
    } catch {
      // Nothing was stored there either.
    }
  },
}
