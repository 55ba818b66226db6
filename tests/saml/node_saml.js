// node-saml as a service provider: one command a run, JSON in and out.
const { SAML } = require(process.env.NODE_SAML);
const input = JSON.parse(require("fs").readFileSync(0, "utf8"));
const saml = new SAML(input.options);
(async () => {
  if (input.act === "metadata") {
    return saml.generateServiceProviderMetadata(input.certificate, input.signs ? input.certificate : null);
  }
  if (input.act === "ask") return saml.getAuthorizeUrlAsync("back", undefined, {});
  const { profile } = await saml.validatePostResponseAsync({ SAMLResponse: input.response });
  return profile;
})().then(
  (found) => console.log(JSON.stringify({ found })),
  (error) => console.log(JSON.stringify({ error: String(error) })),
);
