// Verifies a delivery with the official library: reads {secret, headers, body} as JSON from standard input, prints "good"
// or why it is not.
import { Webhook } from "standardwebhooks";

let input = "";
for await (const piece of process.stdin) input += piece;
const { secret, headers, body } = JSON.parse(input);
try {
    new Webhook(secret).verify(body, headers);
    console.log("good");
} catch (error) {
    console.log(error.message);
}
