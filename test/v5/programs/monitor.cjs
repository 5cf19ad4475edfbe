const { zmq, next, tell, attempt } = require("../stage.cjs")

const EVENTS = "connect connect_delay connect_retry listen bind_error accept accept_error close close_error disconnect"

function watch(name, socket) {
  const seen = []
  for (const event of EVENTS.split(" ")) {
    socket.on(event, (value, ...args) => {
      // The interval before the next attempt is random.
      if (event !== "connect_retry") seen.push([name, event, value, ...args])
    })
  }
  return seen
}

async function run() {
  process.on("warning", ({ message }) => tell("warning:", message))
  const [dealer, router] = [zmq.socket("dealer"), zmq.socket("router")]
  const [ofDealer, ofRouter] = [watch("dealer", dealer), watch("router", router)]
  attempt("monitor", () => dealer.monitor())
  attempt("monitor", () => router.monitor(10, 0))
  router.bindSync("tcp://127.0.0.1:*")
  const connected = next(dealer, "connect")
  const accepted = next(router, "accept")
  const { last_endpoint } = router
  dealer.connect(last_endpoint)
  await connected
  await accepted

  const other = zmq.socket("router")
  other.on("error", () => undefined)
  other.monitor()
  const failed = next(other, "bind_error")
  other.bind(last_endpoint)
  tell(await failed)
  other.close()

  const gone = next(dealer, "disconnect")
  const retried = next(dealer, "connect_retry")
  router.close()
  await gone
  const [[interval, address, error]] = await retried
  tell(interval >= 100 && interval < 200, address, error)
  for (const event of ofDealer) tell(...event)
  for (const event of ofRouter) tell(...event)
  dealer.close()
}

run()
