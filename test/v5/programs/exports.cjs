const { zmq, tell, attempt } = require("../stage.cjs")
const { EventEmitter } = require("node:events")

// Exports beyond those of the native package are ignored.
for (const name of Object.keys(zmq).sort()) {
  const value = zmq[name]
  if (name !== "default")
    tell(name, typeof value === "object" ? JSON.stringify(value) : typeof value === "number" ? value : typeof value)
}
tell(zmq.socket === zmq.createSocket, /^\d+\.\d+\.\d+$/.test(zmq.version))

attempt("new Context", () => new zmq.Context())
attempt("setMaxThreads", () => zmq.Context.setMaxThreads(3))
attempt("getMaxThreads", () => zmq.Context.getMaxThreads())
attempt("setMaxSockets", () => zmq.Context.setMaxSockets(500))
attempt("getMaxSockets", () => zmq.Context.getMaxSockets())
const keys = zmq.curveKeypair()
tell(Object.keys(keys), keys.public.length, keys.secret.length)

for (const type of "pair req rep pub sub dealer xreq router xrep pull push xpub xsub stream".split(" ")) {
  const socket = zmq.createSocket(type, { backlog: 30, linger: 0 })
  tell(type, socket.type, socket.closed, socket.backlog, socket.linger, socket instanceof EventEmitter)
  tell(socket instanceof zmq.Socket, new zmq.Socket(type).close().closed)
  attempt("read", () => socket.read())
  if (type !== "sub") attempt("subscribe", () => socket.subscribe("a"))
  if (type !== "sub") attempt("unsubscribe", () => socket.unsubscribe("a"))
  attempt("pause", () => socket.pause())
  attempt("resume", () => socket.resume())
  attempt("close", () => socket.close())
  attempt("close", () => socket.close())
  tell(socket.closed)
  attempt("linger", () => socket.linger)
  attempt("bind", () => socket.bind("inproc://closed"))
  attempt("connect", () => socket.connect("inproc://closed"))
  attempt("send", () => (type === "sub" || type === "pull" ? socket : socket.send("dropped")))
}
attempt("no such type", () => zmq.socket("publisher"))
attempt("no type", () => zmq.socket())
attempt("no such option", () => zmq.socket("pull").setsockopt(zmq.ZMQ_ROUTER_MANDATORY, true))
attempt("own property", () => zmq.createSocket("push", { backlog: 7, mark: 5 }).close().mark)
const sub = zmq.socket("sub")
attempt("subscribe", () => sub.subscribe("a").unsubscribe("a"))
attempt("subscribe to a number", () => sub.subscribe(1))
attempt("subscribe to nothing", () => sub.subscribe())
sub.close()
process.exit()
