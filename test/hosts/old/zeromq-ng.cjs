const zmq = require("zeromq-ng")
const compat = require("zeromq-ng/compat")

const [push, pull] = [new zmq.Push(), compat.socket("pull")]
pull.on("message", (message) => {
  console.log(String(message), typeof require("zeromq-ng/draft").Server)
  push.close()
  pull.close()
})
pull.bindSync("tcp://127.0.0.1:*")
push.connect(pull.last_endpoint)
push.send("hello")
