const { zmq, next, tell, attempt } = require("../stage.cjs")

async function run() {
  const rep = zmq.socket("rep")
  const order = []
  rep.on("bind", (address) => order.push(`bind ${address}`))
  rep.on("unbind", (address) => order.push(`unbind ${address}`))
  const call = (method, address) =>
    new Promise((resolve) => {
      attempt(method, () =>
        rep[method](address, (...args) => {
          tell(method, "calls back", ...args)
          order.push("callback")
          resolve()
        }),
      )
      order.push("returned")
    })
  await call("bind", "tcp://127.0.0.1:*")
  const { last_endpoint } = rep
  tell(last_endpoint)
  await call("bind", last_endpoint)
  await call("unbind", last_endpoint)
  await call("unbind", last_endpoint)
  await call("bind", "nonsense")
  await call("bind", "foo://bar")
  await call("bind", "inproc://endpoints")
  await call("bind", "inproc://endpoints")
  tell(...order)

  for (const [method, address] of [
    ["bind", "nonsense"],
    ["bind", "inproc://endpoints"],
    ["unbind", "tcp://127.0.0.1:5"],
  ]) {
    const failure = next(rep, "error")
    rep[method](address)
    tell(method, "emits", await failure)
  }
  for (const method of ["bind", "unbind", "bindSync", "unbindSync", "connect", "disconnect"]) {
    attempt(`${method} a number`, () => rep[method](5))
  }
  for (const method of ["bindSync", "connect", "disconnect"]) attempt(method, () => rep[method]("nonsense"))
  attempt("bindSync", () => rep.bindSync("inproc://sync"))
  attempt("bindSync", () => rep.bindSync("inproc://sync"))
  attempt("connect", () => rep.connect("tcp://127.0.0.1:9"))
  attempt("disconnect", () => rep.disconnect("tcp://127.0.0.1:9"))
  attempt("disconnect", () => rep.disconnect("tcp://127.0.0.1:9"))

  // Only one operation can be in progress; `close` waits for it.
  const bound = next(rep, "bind")
  rep.bind("tcp://127.0.0.1:*")
  attempt("bind", () => rep.bind("tcp://127.0.0.1:*"))
  attempt("close", () => rep.close())
  tell(rep.closed)
  tell(await bound)
  tell(rep.closed)
}

run()
