/**
 * Pacing of what is drawn. It sits behind the data, never in its path: callers keep the newest state themselves and are
 * told when to draw it, at most once in each frame. A hidden page gets no frames, so there drawing is not paced at all.
 */

/** The part of a window that is used. */
export interface FrameHost {
  requestAnimationFrame(callback: () => void): number
  cancelAnimationFrame(handle: number): void
  readonly document: {
    readonly hidden: boolean
    addEventListener(type: 'visibilitychange', listener: () => void): void
    removeEventListener(type: 'visibilitychange', listener: () => void): void
  }
}

export interface Frame {
  /** Draws in the next frame, or at once when the page is hidden. */
  request(): void
  /** Draws now what is waiting to be drawn. */
  flush(): void
  /** Stops: nothing is drawn any more. */
  close(): void
}

export function createFrame(draw: () => void, host: FrameHost = window): Frame {
  let handle: number | undefined
  const flush = (): void => {
    if (handle === undefined) return
    host.cancelAnimationFrame(handle)
    handle = undefined
    draw()
  }
  // A frame that was asked for just before the page was hidden would come only when it is shown again.
  const onVisibility = (): void => {
    if (host.document.hidden) flush()
  }
  host.document.addEventListener('visibilitychange', onVisibility)
  return {
    request() {
      if (host.document.hidden) {
        draw()
        return
      }
      handle ??= host.requestAnimationFrame(() => {
        handle = undefined
        draw()
      })
    },
    flush,
    close() {
      host.document.removeEventListener('visibilitychange', onVisibility)
      if (handle !== undefined) host.cancelAnimationFrame(handle)
      handle = undefined
    },
  }
}
