// A real personal data server of the AT protocol, for tests; it stops when its input ends.
const { TestNetworkNoAppView } = require("@atproto/dev-env");

(async () => {
  const network = await TestNetworkNoAppView.create({});
  console.log("URL " + network.pds.url);
  process.stdin.resume();
  process.stdin.on("end", async () => {
    await network.close();
    process.exit(0);
  });
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
