/** What `npm run keys -- --help` prints. */

export const help = `Makes, shows and revokes the keys by which callers come in; shows who is suspended, and ends that.

  npm run keys -- create --user NAME   makes a key and shows it, this once
  npm run keys -- list                 every key that was made, without its secret
  npm run keys -- revoke ID            it is refused from now on; a gateway that runs hears of it in 30 s
  npm run keys -- suspensions          who is suspended for what they asked for, and who was
  npm run keys -- lift --user NAME     ends a suspension; a gateway that runs hears of it in 2 s

  --user NAME      of create: whose jobs and files it reaches; of lift: who is suspended
  --name TEXT      of create: what it is for, for this list
  --scopes A,B     of create: of jobs:write, jobs:read, files:write and admin; default all but admin
  --adult          of create: may ask for content mode nsfw
  --attests        of create: may attest that who is shown in a reference consents
  --days N         of create: ends by itself after so many days
  --env WORD       of create: live, test and the like, to be seen in the key; default live
  --tenant NAME    of create and lift: whose user it is, where several firms share a gateway; default "default"
  --json           of list and suspensions: one JSON array on one line

Once there is a key, even a revoked one, nobody comes in without any more.
DATABASE_URL, DATA_FOLDER and KEY_PEPPER are read as the gateway reads them. Without DATABASE_URL the database is in
DATA_FOLDER, and is one process's at a time: stop the gateway first.
`
