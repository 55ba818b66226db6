-- Puts what the ID token says in codes into words, as environment variables for the pages' includes.
-- Owns the wording; the claims come from mod_auth_openidc, which has verified them before this runs.

local LEVELS = {
  ["https://refeds.org/profile/mfa"] = { sv = "Två faktorer", en = "Two factors" },
  ["https://refeds.org/profile/sfa"] = { sv = "En faktor", en = "One factor" },
}
-- RFC 8176 §2
local METHODS = {
  pwd = { sv = "lösenord", en = "password" },
  otp = { sv = "engångskod", en = "one-time code" },
}

local function methods_in_words(amr, language)
  local words = {}
  for method in string.gmatch(amr, "[^,]+") do
    if method ~= "mfa" then
      local known = METHODS[method]
      table.insert(words, known and known[language] or method)
    end
  end
  return table.concat(words, " + ")
end

function put_claims_into_words(r)
  local environment = r.subprocess_env
  local acr = environment["OIDC_CLAIM_acr"] or ""
  local amr = environment["OIDC_CLAIM_amr"] or ""
  for _, language in ipairs({ "sv", "en" }) do
    local level = LEVELS[acr]
    environment["LEVEL_" .. language] = level and level[language] or acr
    environment["METHODS_" .. language] = methods_in_words(amr, language)
  end
  local moment = tonumber(environment["OIDC_CLAIM_auth_time"])
  if moment then
    -- The server's time zone is set to Europe/Stockholm by the supervisor.
    environment["SIGNED_IN_DATE"] = os.date("%Y-%m-%d", moment)
    environment["SIGNED_IN_TIME"] = os.date("%H:%M:%S", moment)
  end
  return apache2.DECLINED
end
