const { zmq, tell, attempt } = require("../stage.cjs")

// Options that the native addon cannot read, reports with less detail, or accepts without effect.
const keys = [zmq.ZMQ_CURVE_PUBLICKEY, zmq.ZMQ_CURVE_SECRETKEY, zmq.ZMQ_CURVE_SERVERKEY]
const unreadable = new Set([zmq.ZMQ_ROUTER_MANDATORY, ...keys])
const topics = new Set([zmq.ZMQ_SUBSCRIBE, zmq.ZMQ_UNSUBSCRIBE])
const negative = new Set([zmq.ZMQ_HEARTBEAT_TTL, zmq.ZMQ_MAXMSGSIZE])
const notNull = new Set([...topics, zmq.ZMQ_PLAIN_USERNAME, zmq.ZMQ_PLAIN_PASSWORD])

// zeromq.js 6 rejects the identity of sockets that do not send it. Versions 4 and 5 accept it, as libzmq does, and so
// does this library.
const withIdentity = new Set(["router", "dealer"])
const differs = (id, type) => id === zmq.ZMQ_IDENTITY && !withIdentity.has(type)

const names = Object.keys(zmq)
  .filter((name) => name.startsWith("ZMQ_"))
  .sort()
for (const type of ["router", "dealer", "sub", "push", "pull", "xpub", "stream"]) {
  const socket = zmq.socket(type)
  tell("#", type)
  for (const name of names) {
    const id = zmq[name]
    if (differs(id, type)) continue
    const get = () => {
      if (!unreadable.has(id)) attempt(`${name} ${id}`, () => socket.getsockopt(id))
    }
    get()
    if (keys.includes(id) || (topics.has(id) && type !== "sub")) continue
    for (const value of [1, -7, true, 0, "text", Buffer.from("bytes"), "", null]) {
      if ((value === null && notNull.has(id)) || (value === -7 && negative.has(id))) continue
      attempt(`  = ${JSON.stringify(value)}`, () => socket.setsockopt(id, value))
      get()
    }
  }
  for (const [name, id] of Object.entries(zmq.options)) {
    if (unreadable.has(id) || topics.has(id) || differs(id, type)) continue
    attempt(`.${name}`, () => socket[name])
    attempt(`.${name} = 5`, () => (socket[name] = 5))
    attempt(`.${name} = "5"`, () => (socket[name] = "5"))
    attempt(`.${name} by name`, () => socket.getsockopt(name))
  }
  attempt("unknown name", () => socket.getsockopt("backlogs"))
  attempt("unknown name", () => socket.setsockopt("backlogs", 1))
  attempt("unknown name", () => socket.getsockopt("toString"))
  attempt("no name", () => socket.getsockopt())
  attempt("unknown number", () => socket.getsockopt(9999))
  attempt("unknown number", () => socket.setsockopt(9999, 1))
  socket.close()
}

const key = zmq.curveKeypair()
const curve = zmq.socket("req")
curve.curve_serverkey = key.public
tell(curve.mechanism, curve.curve_server)
curve.curve_server = 1
tell(curve.mechanism, curve.curve_server)
const plain = zmq.socket("rep")
plain.plain_username = "user"
plain.plain_password = "password"
tell(plain.mechanism, plain.plain_username, plain.plain_password, plain.plain_server)
curve.close()
plain.close()
