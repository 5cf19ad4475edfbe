module.exports = require("zmtp/v5-compat")
