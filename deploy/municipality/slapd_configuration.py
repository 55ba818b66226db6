"""slapd.conf of the municipality's directory: a template whose names in braces `slapd.py` fills in.

Owns indices, limits, rights and overlays. The reader sees everything but passwords; people see
themselves and change their own password; nobody else sees anything.
"""

CONFIGURATION = """\
include {schemas}/core.schema
include {schemas}/cosine.schema
include {schemas}/inetorgperson.schema
include {folder}/ekvik.schema
pidfile {folder}/slapd.pid
argsfile {folder}/slapd.args
modulepath {modules}
moduleload back_mdb
moduleload ppolicy
moduleload syncprov
{tls}
loglevel none
threads 8

access to dn.base="" by * read
access to dn.base="cn=Subschema" by * read

database mdb
maxsize {max_size}
suffix "{base}"
rootdn "{admin}"
rootpw {admin_password}
directory {folder}/data
{sync}
index objectClass,entryUUID,entryCSN eq
index uid,employeeNumber,departmentNumber,ekvikUnitCode,member eq
index mail,cn,sn eq,sub
sizelimit 500
limits dn.exact="{reader}" size.soft=unlimited size.hard=unlimited size.prtotal=unlimited time=unlimited

access to attrs=userPassword
    by self =xw
    by anonymous auth
    by * none
access to *
    by dn.exact="{reader}" read
    by self read
    by anonymous auth
    by * none

overlay ppolicy
ppolicy_default "{policy}"
ppolicy_hash_cleartext

overlay syncprov
syncprov-checkpoint 100 10
syncprov-sessionlog 10000
"""
