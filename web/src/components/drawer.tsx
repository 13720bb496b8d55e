import { Dialog } from '@base-ui/react/dialog'
import { Menu, X } from 'lucide-react'
import { type ReactNode, useState } from 'react'

/** The sidebar on a narrow page: behind a button. `children` gets what closes it. */
export function Drawer({ children }: { readonly children: (close: () => void) => ReactNode }): ReactNode {
  const [open, setOpen] = useState(false)
  return (
    <Dialog.Root open={open} onOpenChange={setOpen}>
      <Dialog.Trigger className="icon-button" aria-label="Conversations">
        <Menu aria-hidden="true" />
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className="drawer-backdrop" />
        <Dialog.Popup className="drawer">
          <Dialog.Title className="visually-hidden">Conversations</Dialog.Title>
          <Dialog.Close className="icon-button drawer-close" aria-label="Close">
            <X aria-hidden="true" />
          </Dialog.Close>
          {children(() => setOpen(false))}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
