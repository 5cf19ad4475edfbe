const { run } = require("./service.cjs")

run().then(console.log)
