// What pages and Node have in common is declared once, so that a program can use both entries.
import { Context, Observer, Proxy, type Socket, type ZmqError } from "zmtp"
import * as pages from "zmtp/browser"

const context: Context = new pages.Context()
const push = new pages.Push({ context })
const socket: Socket = push
new Observer(push).on("disconnect", ({ error }) => error satisfies Error | undefined)
const observer: pages.Observer = new Observer(socket)
new Proxy(new pages.Router(), new pages.Dealer())
const error = new Error() as pages.ZmqError satisfies ZmqError

// Messages differ: pages have no Buffer.
async function receive(pull: pages.Pull): Promise<void> {
  const [frame] = await pull.receive()
  const bytes: Uint8Array = frame
  // @ts-expect-error -- not a Buffer
  const buffer: Buffer = frame
  console.log(bytes, buffer, observer, error)
}

void receive
