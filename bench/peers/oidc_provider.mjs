// node oidc-provider with its default in-memory adapter and its own development sign-in pages.
// PORT and NODE_DIR (the folder that has node_modules) come from the environment.
import { createRequire } from 'node:module';
import { generateKeyPairSync } from 'node:crypto';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const require = createRequire(path.join(process.env.NODE_DIR, 'bench.js'));
const { Provider } = await import(pathToFileURL(require.resolve('oidc-provider')).href);

const port = Number(process.env.PORT);
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const signing = { ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: 'bench' };

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: 'bench',
    client_secret: process.env.CLIENT_SECRET,
    redirect_uris: ['https://rp.example.test/cb'],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_basic',
    id_token_signed_response_alg: 'ES256',
    scope: 'openid profile email offline_access',
  }],
  jwks: { keys: [signing] },
  enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
  scopes: ['openid', 'profile', 'email', 'offline_access'],
  claims: {
    openid: ['sub'],
    profile: ['name', 'preferred_username'],
    email: ['email', 'email_verified'],
  },
  features: { introspection: { enabled: true }, devInteractions: { enabled: true } },
  cookies: { keys: ['a key for the bench alone'] },
  pkce: { required: () => true },
  async findAccount(_context, id) {
    const claims = { sub: id, name: 'Anna Berg', preferred_username: id, email: `${id}@example.test`, email_verified: true };
    return { accountId: id, claims: async () => claims };
  },
});
provider.listen(port, '127.0.0.1');
