// ZMTP over custom streams: the standard input and output of a child process, or a connection that this program has
// opened itself. Run it without arguments, or with the host and port of any REP socket.
import { spawn } from "node:child_process"
import { connect } from "node:net"
import { Duplex } from "node:stream"
import { fileURLToPath } from "node:url"
import { createEngine } from "zmtp/protocol"
import { Conversation } from "./conversation.js"

/** Sends a request to a REP over `stream`. The engine adds no envelope: an empty frame comes before the body of a request. */
async function ask(stream, question) {
  const conversation = new Conversation(stream, createEngine({ socketType: "REQ" }))
  conversation.send(Buffer.alloc(0), Buffer.from(question))
  for await (const [, answer] of conversation) return String(answer)
  throw new Error("The peer has closed the stream")
}

async function answer(stream) {
  const conversation = new Conversation(stream, createEngine({ socketType: "REP" }))
  for await (const [delimiter, question] of conversation) {
    conversation.send(delimiter, Buffer.from(`${String(question)}, says process ${process.pid}`))
  }
}

const [host, port] = process.argv.slice(2)
if (host === "--answer") await answer(Duplex.from({ readable: process.stdin, writable: process.stdout }))
else if (port !== undefined) console.log(await ask(connect(Number(port), host), "hello"))
else {
  const self = fileURLToPath(import.meta.url)
  const child = spawn(process.execPath, [...process.execArgv, self, "--answer"], { stdio: ["pipe", "pipe", "inherit"] })
  console.log(await ask(Duplex.from({ readable: child.stdout, writable: child.stdin }), `hello, child ${child.pid}`))
}
