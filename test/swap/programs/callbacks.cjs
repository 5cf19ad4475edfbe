const zmq = require("zeromq/v5-compat")

/** A program in the style of zeromq.js 5, with callbacks. */
exports.run = function run() {
  return new Promise((resolve, reject) => {
    const [push, pull] = [zmq.socket("push"), zmq.socket("pull")]
    pull.on("message", (task, number) => {
      push.close()
      pull.close()
      resolve(`${task} ${number}`)
    })
    pull.bind("tcp://127.0.0.1:*", (error) => {
      if (error) return reject(error)
      push.connect(pull.last_endpoint)
      push.send(["task", "1"])
    })
  })
}
