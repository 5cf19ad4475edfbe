// A service on its standard input and output. Nothing else may write to stdout: use stderr for messages.
import { Reply } from "zmtp"

const reply = new Reply()
const { closed } = await reply.attach({ readable: process.stdin, writable: process.stdout }, { role: "accept" })
void closed.then(() => {
  reply.close()
})
for await (const [text] of reply) await reply.send(String(text).toUpperCase())
