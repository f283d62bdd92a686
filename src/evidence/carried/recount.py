"""An independent recount written from SPEC.md alone. Standard library only."""
import base64, hashlib, json, re, sys, os, csv, io
from datetime import datetime, timezone, timedelta, date

class Refused(Exception): pass
def refuse(cond, why):
    if cond: raise Refused(why)

# --- 1.2 times
EPOCH = date(1970,1,1).toordinal()
def parse_time(s, digits):
    m = re.fullmatch(r'(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.(\d{%d})Z' % digits, s, re.ASCII)
    if not m: raise Refused('not an instant: %r' % s)
    y,mo,d,h,mi,se = map(int, m.groups()[:6])
    try: days = date(y,mo,d).toordinal()-EPOCH
    except ValueError: raise Refused('no such date')
    refuse(h>23 or mi>59 or se>59, 'no such time')
    return ((days*86400+h*3600+mi*60+se)*10**digits)+int(m.group(7))
def micros(s): return parse_time(s,6)
def millis(s): return parse_time(s,3)
def show(ms):
    s, f = divmod(ms,1000); d, r = divmod(s,86400)
    dd = date.fromordinal(EPOCH+d)
    return '%04d-%02d-%02dT%02d:%02d:%02d.%03dZ' % (dd.year,dd.month,dd.day,r//3600,r//60%60,r%60,f)
# --- 1.3 identifiers
B32='abcdefghijklmnopqrstuvwxyz234567'
def b32(s,n):
    if any(c not in B32 for c in s): raise Refused('base32')
    v=0
    for c in s: v=v*32+B32.index(c)
    spare=len(s)*5-n*8
    refuse(spare<0 or spare>4 or v & ((1<<spare)-1), 'base32 bits')
    return (v>>spare).to_bytes(n,'big')
def is_str(x):
    refuse(not isinstance(x,str),'text'); 
    refuse(any(0xD800<=ord(c)<=0xDFFF for c in x),'surrogate'); return x
def pseudonym(s):
    is_str(s); refuse(len(s)!=27 or s[0]!='p','pseudonym'); b32(s[1:],16); return s
def pkey(s): return b32(s[1:],16)
def tag(s): is_str(s); refuse(len(s)!=16,'tag'); b32(s,10); return s
def digest(s): is_str(s); refuse(not re.fullmatch('[0-9a-f]{64}',s),'digest'); return s
def uuid(s): is_str(s); refuse(not re.fullmatch('[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}',s),'uuid'); return s
NUM='(0|[1-9][0-9]*)'
def node(s): is_str(s); m=re.fullmatch('n'+NUM,s); refuse(not m or int(m[1])>65535,'node'); return s
def run(s):
    is_str(s); m=re.fullmatch('n'+NUM+r'\.'+NUM,s); refuse(not m or int(m[1])>65535 or int(m[2])>=2**32,'run'); return s
def conn(s):
    is_str(s); m=re.fullmatch('n'+NUM+r'\.'+NUM+'-'+NUM,s)
    refuse(not m or int(m[1])>65535 or int(m[2])>=2**32 or int(m[3])>=2**64,'connection'); return s
def ckey(s): m=re.fullmatch(r'n(\d+)\.(\d+)-(\d+)',s); return tuple(map(int,m.groups()))
def num(bits):
    def f(x):
        refuse(type(x) is not int or not 0<=x<2**bits,'number'); return x
    return f
index=num(64)
def i64(x): refuse(type(x) is not int or not -2**63<=x<2**63,'i64'); return x
def boolean(x): refuse(type(x) is not bool,'bool'); return x
def one_of(*names):
    def f(x): refuse(x not in names or not isinstance(x,str),'one of'); return x
    return f
class Opt:
    def __init__(s,t): s.t=t
def lst(t):
    def f(x): refuse(not isinstance(x,list),'list'); return [t(i) for i in x]
    return f
def pair(x): refuse(not isinstance(x,list) or len(x)!=2,'pair'); return [index(i) for i in x]
def obj(fields, lenient=False):
    def f(x):
        refuse(not isinstance(x,dict),'object'); out={}
        if not lenient: refuse(set(x)-set(fields),'unknown member %s'%(set(x)-set(fields)))
        for k,t in fields.items():
            if isinstance(t,Opt): out[k]=None if x.get(k) is None else t.t(x[k])
            else:
                refuse(k not in x,'missing '+k); out[k]=t(x[k])
        return out
    return f
ms=num(64); u32=num(32); u16=num(16)
DECL=obj({'title':is_str,'organizer':is_str,'zone':is_str,'public_url':Opt(is_str),'rehearsal':boolean,
 'window':obj({'planned_start':millis,'planned_end':millis,'minimum_ms':ms,'tolerance_ms':ms}),
 'rule':obj({'kind':one_of('full_lesson','minimum_time','share','peak','prompts'),'late_ms':ms,'early_ms':ms,'grace_ms':ms,
   'minimum_ms':Opt(ms),'continuous':boolean,'share_bp':Opt(u16),'presence':one_of('continuous','checkpoints'),
   'checkpoints':obj({'before_start_ms':ms,'after_start_ms':ms,'before_end_ms':ms,'after_end_ms':ms}),
   'prompts_min':Opt(u32),'venue_min':Opt(u32)}),
 'liveness':obj({'challenge_ms':ms,'proof_max_gap_ms':ms}),
 'people':obj({'primary_id':is_str,'persons_per_device':u32,'hold_relays':boolean,'open_registration':boolean,
   'open_registration_counts':boolean,'roles':lst(is_str)}),
 'signals':one_of('single','countersigned'),
 'prompts':Opt(obj({'count':u32,'kind':one_of('press','word'),'answer_ms':ms})),
 'ceilings':obj({'inactive_bp':Opt(u16)}),
 'venues':lst(obj({'id':is_str,'name':is_str,'doors':lst(is_str)})),
 'hall':obj({'delay_ms':ms}),'retention':obj({'days':u32}),'claims':obj({'days':u32})})
def canon_decl(d):
    d=json.loads(json.dumps(d)); w=d['window']; w['planned_start']=show(w['planned_start']); w['planned_end']=show(w['planned_end']); return d
def compact(x): return json.dumps(x,separators=(',',':'),ensure_ascii=False).encode()
KINDS={
 'open':{'origin':is_str,'declaration':DECL,'digest':digest,'rehearsal':boolean,'roster':digest,
   'earlier':lst(obj({'origin':is_str,'size':index,'root':digest},True)),'nonce':Opt(is_str),'commitment':Opt(digest)},
 'person':{'p':pseudonym,'role':is_str,'group':is_str,'c':digest},
 'revoke':{'p':pseudonym,'issue':u32}, 'close':{'by':is_str},
 'node':{'node':node,'epoch':u32,'version':is_str}, 'restart':{'node':run,'beat':Opt(index)},
 'beat':{'node':run,'horizon':micros,'except':lst(conn)},
 'clock':{'node':run,'status':one_of('synchronized','unsynchronized','unknown','stepped'),'offset_us':i64,'max_error_us':index,'estimated_error_us':index},
 'join':{'p':pseudonym,'s':conn,'channel':one_of('online','gate'),'via':one_of('ws','poll'),'d':Opt(tag),'n':Opt(tag)},
 'leave':{'p':pseudonym,'s':conn,'last':micros,'why':one_of('bye','closed','lost','silent','replaced','kicked','revoked','drained','over')},
 'signal':{'signal':one_of('start','end','void'),'by':is_str,'voids':Opt(index),'acts':Opt(pair)},
 'nonce':{'nonce':is_str,'by':is_str},
 'prompt':{'prompt':u32,'kind':one_of('press','word'),'place':Opt(u32),'due':Opt(micros),'closes':micros,'word':Opt(is_str),'by':is_str},
 'shown':{'p':pseudonym,'s':conn,'prompt':u32}, 'answer':{'p':pseudonym,'s':conn,'prompt':u32,'choice':Opt(is_str)},
 'reveal':{'seed':digest},
 'scan':{'scan':uuid,'p':pseudonym,'s':conn,'venue':is_str,'door':is_str,'way':one_of('in','out','roll'),
   'method':one_of('scanner','camera','typed','name','register'),'card':boolean,'made':micros,'device':micros,'by':is_str},
 'headcount':{'venue':is_str,'persons':u32,'by':is_str},
 'staff':{'p':pseudonym,'role':one_of('organizer','adjudicator','witness','timekeeper','steward'),'key':digest},
 'act':{'p':pseudonym,'text':is_str,'sig':is_str}, 'version':{'p':pseudonym,'toml':is_str,'declaration':DECL},
 'claim':{'p':pseudonym,'why':one_of('present','cut_off','hall','answered','mistaken')},
 'group':{'p':pseudonym,'label':is_str,'persons':lst(pseudonym)},
}
def no_dups(pairs):
    d={}
    for k,v in pairs:
        refuse(k in d,'twice '+k); d[k]=v
    return d
def is_nonce(t): b=t.encode(); return 8<=len(b)<=64 and all(0x20<=c<=0x7e for c in b)
def read_json(text):
    try: return json.loads(text,object_pairs_hook=no_dups,parse_constant=lambda c:refuse(True,'constant'),parse_float=lambda c:1.5)
    except (ValueError,RecursionError) as e: raise Refused('json %s'%e)
def read_line(b):
    refuse(len(b)>16384,'too long')
    m=re.match(rb'\{"v":([0-9]+),"i":[0-9]+,"k":"([^"]*)"',b); refuse(not m,'beginning')
    refuse(m[1]!=b'1','version'); 
    try: text=b.decode('utf-8'); kind=m[2].decode()
    except UnicodeDecodeError: raise Refused('utf8')
    refuse(kind not in KINDS,'kind'); refuse(b'-0' in b and re.search(rb'[:,\[] *-0[,}\]]',b),'minus zero')
    x=read_json(text)
    e=obj({'v':lambda v:v,'i':index,'k':lambda v:v,'t':micros,'m':index,**KINDS[kind]})(x)
    if kind=='beat': refuse(len(e['except'])>500,'except')
    if kind=='signal': refuse((e['signal']=='void')!=(e['voids'] is not None),'voids')
    if kind=='nonce': refuse(not is_nonce(e['nonce']),'nonce')
    if kind=='prompt':
        refuse((e['place'] is None)!=(e['due'] is None),'place/due')
        if e['kind']=='press': refuse(e['word'] is not None,'word')
        else: refuse(e['word'] is None or not re.fullmatch('[A-Z2-9]{1,16}',e['word']),'word')
    if kind=='answer' and e['choice'] is not None: refuse(not re.fullmatch('[A-Za-z0-9]{1,16}',e['choice']),'choice')
    return kind,e
# --- 6.2
WS='\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000'
def blank(t): return not t.strip(WS)
def planned_length(d): return max(0,d['window']['planned_end']-d['window']['planned_start'])
def minimum(d): return d['window']['minimum_ms'] if d['rule']['minimum_ms'] is None else d['rule']['minimum_ms']
def share(d): return 10000 if d['rule']['share_bp'] is None else d['rule']['share_bp']
def claims_until(d): return d['window']['planned_end']+d['claims']['days']*86400000 if d['claims']['days'] else None
def contradictions(d):
    r=d['rule']; w=d['window']; p=d['prompts']; L=planned_length(d); f=[]
    if any(blank(d[k]) for k in ('title','organizer','zone')) or not d['people']['roles']: f.append('empty')
    for v in d['venues']:
        if blank(v['name']) or not v['doors']: f.append('empty venue')
    if w['planned_end']<=w['planned_start']: f.append('window')
    long=[r['grace_ms'],r['late_ms']+r['early_ms']]
    if r['minimum_ms'] is not None: long.append(r['minimum_ms'])
    if p: long.append(p['count']*p['answer_ms'])
    if not d['rehearsal']: long.append(w['minimum_ms'])
    if L>0 and any(x>L for x in long): f.append('long')
    if r['share_bp'] is not None and not 1<=r['share_bp']<=10000: f.append('share')
    if r['kind']=='minimum_time' and r['minimum_ms'] is None: f.append('mt')
    if r['kind']=='share' and r['share_bp'] is None: f.append('sh')
    if r['kind']=='prompts' and r['prompts_min'] is None: f.append('pr')
    ib=d['ceilings']['inactive_bp']; pm=r['prompts_min']
    if not p and (pm is not None or ib is not None): f.append('no prompts')
    if p and ib is not None and pm is None: f.append('inactive')
    if r['venue_min'] is not None and not d['venues']: f.append('venue_min')
    if r['presence']=='checkpoints' and pm is None: f.append('cp pm')
    if r['continuous'] and r['kind']!='minimum_time': f.append('continuous')
    if (r['late_ms'] or r['early_ms'] or r['presence']=='checkpoints') and r['kind']!='full_lesson': f.append('clause')
    if pm is not None and r['kind']=='peak': f.append('together')
    if p:
        lo=5000 if d['rehearsal'] else 30000
        if not 1<=p['count']<=1440: f.append('count')
        if not lo<=p['answer_ms']<=max(lo,L): f.append('answer_ms')
        if pm is not None and not 1<=pm<=p['count']: f.append('pm')
        if ib is not None and ib>10000: f.append('ib')
    if r['presence']=='checkpoints':
        c=r['checkpoints']
        if c['before_start_ms']+c['after_start_ms']<180000 or c['before_end_ms']+c['after_end_ms']<180000 or (p and p['answer_ms']<180000): f.append('cp')
    names=[v['id'] for v in d['venues']]
    def bad(ns): return len(set(ns))!=len(ns) or any(not re.fullmatch('[a-z0-9-]{1,32}',n) for n in ns)
    if len(names)>200 or bad(names) or any(len(v['doors'])>200 or bad(v['doors']) for v in d['venues']): f.append('venues')
    l=d['liveness']
    if not 1000<=l['challenge_ms']<=55000 or not 2*l['challenge_ms']<=l['proof_max_gap_ms']<=600000: f.append('liveness')
    if len(compact(canon_decl(d)))>12288: f.append('size')
    if d['claims']['days']>366 or not 1<=d['retention']['days']<=36525: f.append('days')
    return f
# --- 7.1
def H(b): return hashlib.sha256(b).digest()
class Tree:
    def __init__(s): s.levels=[]
    def append(s,b):
        h=H(b'\0'+b); l=0
        while True:
            if l==len(s.levels): s.levels.append([])
            s.levels[l].append(h)
            if len(s.levels[l])%2: return
            h=H(b'\1'+s.levels[l][-2]+s.levels[l][-1]); l+=1
    def size(s): return len(s.levels[0]) if s.levels else 0
    def root(s,n=None):
        n=s.size() if n is None else n
        if n==0: return H(b'')
        h=None; pos=n
        for l in range(len(s.levels)):
            if pos & (1<<l):
                pos-=1<<l; x=s.levels[l][pos>>l]
                h=x if h is None else H(b'\1'+x+h)
        return h
# --- 7.3 Ed25519, strict
P=2**255-19; Lq=2**252+27742317777372353535851937790883648493; D=-121665*pow(121666,P-2,P)%P; I=pow(2,(P-1)//4,P)
def edadd(a,b):
    A=(a[1]-a[0])*(b[1]-b[0])%P; B=(a[1]+a[0])*(b[1]+b[0])%P; C=2*a[3]*b[3]*D%P; Dd=2*a[2]*b[2]%P
    E,F,G,Hh=B-A,Dd-C,Dd+C,B+A; return (E*F%P,G*Hh%P,F*G%P,E*Hh%P)
def edmul(n,p):
    q=(0,1,1,0)
    while n:
        if n&1: q=edadd(q,p)
        p=edadd(p,p); n>>=1
    return q
def recover(b):
    y=int.from_bytes(b,'little'); sgn=y>>255; y=(y&(2**255-1))%P
    x2=(y*y-1)*pow(D*y*y+1,P-2,P)%P
    x=pow(x2,(P+3)//8,P)
    if (x*x-x2)%P: x=x*I%P
    if (x*x-x2)%P: return None
    if x&1!=sgn: x=P-x
    return (x%P,y,1,x*y%P)
def enc(p):
    z=pow(p[2],P-2,P); x,y=p[0]*z%P,p[1]*z%P; return (y|(x&1)<<255).to_bytes(32,'little')
Bp=recover((4*pow(5,P-2,P)%P).to_bytes(32,'little'))
def small(p): q=edmul(8,p); return q[0]%P==0 and (q[1]-q[2])%P==0
def verify(key,msg,sig):
    if len(sig)!=64: return False
    A=recover(key); R=recover(sig[:32]); S=int.from_bytes(sig[32:],'little')
    if A is None or R is None or S>=Lq or small(A) or small(R): return False
    k=int.from_bytes(hashlib.sha512(sig[:32]+key+msg).digest(),'little')%Lq
    neg=(P-A[0],A[1],1,P-A[3])
    return enc(edadd(edmul(S,Bp),edmul(k,neg)))==sig[:32]
# --- tables
def guard(t):
    return "'"+t if t.lstrip("'")[:1] in ('=','+','-','@','\t','\r') and t.lstrip("'") else t
def cell(t): return '"'+t.replace('"','""')+'"' if any(c in t for c in ',"\r\n') else t
def table(heads,rows):
    return b'\xef\xbb\xbf'+''.join(','.join(cell(c) for c in r)+'\r\n' for r in [heads.split(',')]+[[guard(str(c)) for c in r] for r in rows]).encode()
def pretty(x): return (json.dumps(x,indent=2,ensure_ascii=False)+'\n').encode()
def t_(x): return '' if x is None else show(x)
def yes(b): return 'yes' if b else ''
INF=10**18
class O: pass
SIDE={'organizer':'organizer','steward':'organizer','adjudicator':'independent','witness':'independent','timekeeper':'independent'}
def read_roster(b):
    refuse(not b.startswith(b'\xef\xbb\xbf'),'roster mark')
    rows=list(csv.reader(io.StringIO(b[3:].decode(),newline='')))
    refuse(rows[0]!='person,role,group,commitment,merged_into'.split(','),'roster columns')
    out=[]
    for r in rows[1:]:
        refuse(len(r)!=5,'roster row'); pseudonym(r[0]); digest(r[3])
        if r[4]: pseudonym(r[4])
        def orig(c): return c[1:] if c[:1]=="'" and guard(c[1:])!=c[1:] else c
        refuse(bool(out) and pkey(out[-1][0])>=pkey(r[0]),'roster order')
        out.append((r[0],orig(r[1]),orig(r[2]),r[3],r[4] or None))
    own={r[0] for r in out if not r[4]}
    refuse(any(r[4] and r[4] not in own for r in out),'roster merge')
    return out
STMT=obj({'origin':is_str,'by':pseudonym,'act':uuid,'at':millis,'do':lambda x:x})
def few(n):
    def f(x): is_str(x); refuse(blank(x) or len(x)>n,'length'); return x
    return f
reason=few(500)
HOLDS=('shared_device','relay','late_scan')
DEEDS={'strike':{'person':pseudonym,'reason':reason},'reverse':{'strike':index,'reason':reason},'release':{'person':pseudonym,'holds':lst(one_of(*HOLDS)),'reason':reason},
 'merge':{'from':pseudonym,'into':pseudonym,'reason':reason},'bridge':{'from':millis,'to':millis,'network':Opt(tag),'reason':reason},
 'declare':{'version':index,'reason':reason},'signal':{'signal':one_of('start','end','void')},'confirm':{'of':index},'dismiss':{'of':index},
 'answer':{'claim':index,'upheld':boolean,'reason':reason},'draw':{'persons':u32,'nonce':is_str},
 'outcome':{'draw':index,'person':pseudonym,'found':one_of('confirmed','denied','unconfirmed')},
 'read':{'signal':one_of('start','end','void'),'reading':millis},'shift':{'is':one_of('begins','ends')},'note':{'text':few(1000)}}
PROPOSALS={'strike','reverse','release','merge','bridge','declare','signal'}

class Recount:
    def __init__(s,roster_bytes):
        s.roster_digest=hashlib.sha256(roster_bytes).hexdigest()
        s.persons=[]; s.place={}
        rows=read_roster(roster_bytes)
        for r in rows: s.add_person(r[0],r[1],r[2],False)
        for r in rows:
            if r[4]: s.persons[s.place[r[0]]].stands=s.place[r[4]]
        s.tree=Tree(); s.opened=None; s.decl=None; s.n=0; s.last_t=None; s.now=None
        s.conns=[]; s.known={}; s.beats=[]; s.cuts=[]; s.scans=[]; s.uuids=set(); s.checks=[]; s.nonce=None; s.seed=None
        s.starts=[]; s.resp={}; s.start=None; s.end=None; s.last_signal=None; s.closed=False; s.close_root=None
        s.staff={}; s.acts={}; s.act_names=set(); s.versions=[]; s.in_force=0; s.claims=[]; s.groups={}; s.heads=[]; s.drawn=[]
        s.rulings=[]; s.steps=[]; s.program=None
    def add_person(s,name,role,group,added):
        p=O(); p.name=name;p.role=role;p.group=group;p.added=added;p.stands=None;p.came=False;p.struck=None;p.released=set();p.rulings=set()
        s.place[name]=len(s.persons); s.persons.append(p)
    def owner_i(s,name):
        i=s.place[name]; st=s.persons[i].stands; return i if st is None else st
    def owner(s,name): return s.persons[s.owner_i(name)]
    # 10
    def planned_end(s,S): return S+planned_length(s.decl) if s.decl['rehearsal'] else s.decl['window']['planned_end']
    def lesson(s):
        if s.start is None: return None
        S=s.start[0]; return (S,max(S,s.end[0] if s.end else s.planned_end(S)))
    def elapsed(s):
        w=s.lesson(); return None if not w else (w[0],min(s.now,w[1]))
    def seen(s):
        w=s.lesson()
        if not w: return None
        e=(w[0],min(s.now+1,w[1])); return e if e[0]<e[1] else None
    def over(s): w=s.lesson(); return bool(w) and s.now>=w[1]
    def phase(s):
        return 'closed' if s.closed else 'waiting' if not s.start else 'ended' if s.end or s.over() else 'running'
    # lines
    def take(s,b):
        kind,e=read_line(b)
        refuse(e['i']!=s.n,'out of place'); refuse(s.last_t is not None and e['t']<s.last_t,'time runs back')
        refuse((kind=='open')!=(s.opened is None),'opening')
        t=e['t'];T=t//1000
        before=s.now; s.now=T
        try: getattr(s,'on_'+kind)(e,t,T,e['i'])
        except Refused: s.now=before; raise
        s.n+=1; s.last_t=t; s.tree.append(b)
        if kind=='close' and s.close_root is None: s.close_root=s.tree.root().hex()
    def on_open(s,e,t,T,i):
        refuse(e['roster']!=s.roster_digest,'another roster')
        refuse((e['commitment'] is None)!=(e['declaration']['prompts'] is None),'commitment')
        refuse(e['rehearsal']!=e['declaration']['rehearsal'],'rehearsal')
        s.opened=e; s.decl=e['declaration']
        s.versions.append(dict(entry=0,at=T,digest=e['digest'],decl=e['declaration'],adopted=True))
    def on_person(s,e,t,T,i):
        if e['p'] not in s.place: s.add_person(e['p'],e['role'],e['group'],True)
    def on_revoke(s,*a): pass
    def known_as(s,c,p): refuse(c in s.known and s.conns[s.known[c]].name!=p,'another person')
    def on_join(s,e,t,T,i):
        refuse(e['p'] not in s.place,'unknown'); s.known_as(e['s'],e['p'])
        if s.closed or e['s'] in s.known: return
        c=O(); c.name=e['p'];c.id=e['s'];c.run=e['s'].split('-')[0];c.serial=int(e['s'].split('-')[1]);c.channel=e['channel'];c.d=e['d'];c.n=e['n'];c.joined=T
        c.last=None;c.noticed=None;c.cause='';c.ended=False
        s.known[c.id]=len(s.conns); s.conns.append(c); s.persons[s.place[e['p']]].came=True
    def finish(s,c,last,T,cause):
        c.ended=True;c.last=last;c.noticed=T;c.cause=cause
        for k,r in enumerate(s.rulings):
            if r['N'] is not None and s.concerns(r,c): s.owner(c.name).rulings.add(k)
    def on_leave(s,e,t,T,i):
        refuse(e['last']>t,'future'); s.known_as(e['s'],e['p'])
        if e['s'] not in s.known: return
        c=s.conns[s.known[e['s']]]
        if not c.ended: s.finish(c,max(e['last']//1000,c.joined),T,e['why'])
    def on_beat(s,e,t,T,i):
        refuse(e['horizon']>t,'future'); s.beats.append((e['node'],e['horizon']//1000,{int(x.split('-')[1]) for x in e['except']}))
    def vouched(s,c):
        return max([c.joined]+[h for r,h,x in s.beats if r==c.run and c.serial not in x])
    def on_node(s,e,*a): s.program=e['version']
    def on_restart(s,e,t,T,i):
        s.cuts.append((e['node'],T))
        for c in s.conns:
            if c.run==e['node'] and not c.ended: s.finish(c,s.vouched(c),T,'restart')
    def on_clock(s,e,t,T,i):
        if e['status']=='stepped': s.steps.append((T,e['offset_us']))
    # signals
    def standing_signal(s,sig): return {'start':s.start,'end':s.end,'void':None}[sig]
    def newest(s): return s.end or s.start
    def signal_refused(s,sig,T):
        w=s.decl['window'];tol=w['tolerance_ms'];reh=s.decl['rehearsal']
        if s.closed or sig=='void': return None
        if sig=='start':
            if s.start: return None
            if s.decl['prompts'] and not reh and s.nonce is None: return 'no nonce'
            if not reh and not w['planned_start']-tol<=T<=w['planned_start']+tol: return 'tolerance'
        else:
            if s.end: return None
            if not s.start: return 'not started'
            if not reh and T<s.start[0]+w['minimum_ms']: return 'too short'
            if not reh and not w['planned_end']-tol<=T<=w['planned_end']+tol: return 'tolerance'
        return None
    def signal_allowed(s,sig,T):
        return s.signal_refused(sig,T) is None and not s.closed and (s.newest() is not None if sig=='void' else s.standing_signal(sig) is None)
    def on_signal(s,e,t,T,i):
        r=s.signal_refused(e['signal'],T); refuse(r,r)
        sides={SIDE[x['role']] for x in s.staff.values()}
        needed=len(sides)==2 and not s.opened['rehearsal'] and (s.decl['signals']=='countersigned' or e['signal']=='void')
        if e['acts'] is None: refuse(needed,'unsigned')
        else:
            Pp,C=e['acts']; a=s.acts.get(Pp)
            ok=a and a['deed']=='signal' and a['f']['signal']==e['signal'] and a['decision']==('confirmed',C) and not a['used']
            ok=ok and C in s.acts and T-s.acts[C]['at']<=10000 and not (s.last_signal is not None and s.last_signal>C)
            refuse(not ok,'unsigned')
        if s.closed: return
        if e['signal']=='void':
            n=s.newest()
            if n is None or n[1]!=e['voids']: return
            if s.end: s.end=None
            else: s.start=None
        elif e['signal']=='start':
            if s.start: return
            s.start=(T,i); s.starts.append(T)
        else:
            if s.end: return
            s.end=(T,i)
        s.last_signal=i
        if e['acts'] and e['acts'][0] in s.acts: s.acts[e['acts'][0]]['used']=True
    def on_close(s,e,t,T,i):
        refuse(s.opened['commitment'] and s.seed is None,'not revealed')
        if s.closed: return
        refuse(not s.start or not (s.end or T>=s.lesson()[1]),'not over'); s.closed=True
    # checks
    def on_nonce(s,e,t,T,i):
        refuse(not s.opened['commitment'] or s.nonce is not None or s.start or s.checks or s.seed is not None,'nonce'); s.nonce=e['nonce']
    def plan(s,seed,S):
        p=s.decl['prompts']; 
        if not p: return {}
        number=0
        for k,x in enumerate(s.starts,1):
            if x==S: number=k
        length=max(0,s.planned_end(S)-S); edge=min(60000,length//20); part=max(0,length-2*edge)//max(1,p['count']); free=max(0,part-p['answer_ms']); out={}
        for pl in range(1,p['count']+1):
            dr=H(f"hadir prompt\n{seed}\n{s.nonce or ''}\n{number}\n{pl}\n".encode())
            due=S+edge+part*(pl-1)+((int.from_bytes(dr[:8],'big')*(free+1))>>64)
            word=None
            if p['kind']=='word':
                w=H(f"hadir prompt word\n{seed}\n{s.nonce or ''}\n{S}\n{pl}\n".encode())
                word=''.join("ABCDEFGHJKLMNPQRSTUVWXYZ23456789"[w[31-k]%32] for k in range(5))
            out[pl]=(due,word)
        return out
    def mine(s): return [k for k,c in enumerate(s.checks) if s.start and c.S==s.start[0]]
    def to_come(s):
        p=s.decl['prompts']; 
        return max(0,(p['count'] if p else 0)-sum(1 for k in s.mine() if s.checks[k].place is not None))
    def on_prompt(s,e,t,T,i):
        refuse(e['prompt']!=len(s.checks)+1,'number'); w=s.lesson()
        refuse(not w or T>=w[1] or s.end or s.closed,'not running'); refuse(s.seed is not None,'revealed')
        refuse(s.checks and T<=s.checks[-1].closes,'open')
        p=s.decl['prompts']
        if e['place'] is not None:
            refuse(not 1<=e['place']<=(p['count'] if p else 0) or any(s.checks[k].place==e['place'] for k in s.mine()),'place')
        refuse(e['due'] is not None and e['due']>t,'early')
        at_will={'press':90000,'word':180000}[e['kind']]
        time=p['answer_ms'] if e['place'] is not None else max(p['answer_ms'] if p else 0,at_will)
        c=e['closes']//1000
        refuse(c>T+time or (e['place'] is not None and c+1000<T+time),'closes')
        k=O();k.kind=e['kind'];k.place=e['place'];k.due=None if e['due'] is None else e['due']//1000;k.closes=c;k.word=e['word'];k.at=T;k.S=s.start[0]
        s.checks.append(k)
    def check_resp(s,e):
        refuse(e['p'] not in s.place,'unknown'); s.known_as(e['s'],e['p']); refuse(not 1<=e['prompt']<=len(s.checks),'no such check')
        return s.resp.setdefault((e['p'],e['prompt']-1),dict(shown=False,answered=None,failed=False))
    def on_shown(s,e,t,T,i): s.check_resp(e)['shown']=True
    def on_answer(s,e,t,T,i):
        r=s.check_resp(e); c=s.checks[e['prompt']-1]
        if s.closed or r['answered'] is not None: return
        right=e['choice'] is not None if c.kind=='press' else e['choice']==c.word
        if right and T<=c.closes: r['answered']=T
        else: r['failed']=True
    def on_reveal(s,e,t,T,i):
        refuse(hashlib.sha256(f"hadir prompt seed\n{e['seed']}\n".encode()).hexdigest()!=s.opened['commitment'],'another seed')
        w=s.lesson(); refuse(w and T<w[1],'too early')
        for c in s.checks:
            if c.place is not None:
                pl=s.plan(e['seed'],c.S).get(c.place); refuse(pl is None or pl!=(c.due,c.word),'moved')
        s.seed=e['seed']
    def response(s,pi,k):
        out=dict(shown=False,answered=None,failed=False)
        for q in s.names_of(pi):
            r=s.resp.get((q,k))
            if r:
                out['shown']|=r['shown'];out['failed']|=r['failed']
                if r['answered'] is not None: out['answered']=r['answered'] if out['answered'] is None else min(out['answered'],r['answered'])
        return out
    def responses(s,pi):
        answered=opened=0;missed=False
        for k in s.mine():
            a=s.response(pi,k)['answered'] is not None
            decided=a or s.closed or s.now>s.checks[k].closes
            answered+=a; opened+=not decided
            if decided: missed=not a
        return answered,opened,missed
    def checks_hold(s,pi,mode,decl):
        a,o,m=s.responses(pi); return a>=(decl['rule']['prompts_min'] or 0) and (mode=='continuous' or not m)
    # halls
    def on_scan(s,e,t,T,i):
        refuse(e['made']>t,'future')
        refuse(not any(v['id']==e['venue'] and e['door'] in v['doors'] for v in s.decl['venues']),'door')
        refuse(e['p'] not in s.place,'unknown'); s.known_as(e['s'],e['p'])
        if s.closed or e['scan'] in s.uuids: return
        s.uuids.add(e['scan'])
        x=O();x.uuid=e['scan'];x.name=e['p'];x.s=e['s'];x.venue=e['venue'];x.door=e['door'];x.way=e['way'];x.method=e['method'];x.card=e['card']
        x.made=e['made']//1000;x.device=e['device']//1000;x.received=T;x.entry=i;x.late=max(0,T-x.made)>s.decl['hall']['delay_ms']
        s.scans.append(x); s.persons[s.place[e['p']]].came=True
    def scans_of(s,pi): return sorted([x for x in s.scans if s.owner_i(x.name)==pi],key=lambda x:(x.made,x.entry))
    def stays(s,pi):
        stays=[];at=None
        for x in s.scans_of(pi):
            if x.way!='in' and at==x.venue:
                st=stays[-1];st.to=x.made;st.cause='roll_call'
            else:
                st=O();st.id=x.s;st.name=x.name;st.frm=st.to=x.made;st.left=None;st.cause='roll_call' if x.way=='roll' else '';stays.append(st)
            if x.way=='out': stays[-1].left=x.made;stays[-1].cause='exit'
            at=None if x.way=='out' else x.venue
        return stays,(stays[-1].to if stays and at is not None else None),at
    def on_headcount(s,e,t,T,i):
        refuse(not any(v['id']==e['venue'] for v in s.decl['venues']),'venue')
        h=dict(entry=i,at=T,venue=e['venue'],persons=e['persons'],by=e['by'],group=None)
        h['system']=sum(1 for pi in range(len(s.persons)) if s.stays(pi)[2]==e['venue'])
        if e['by'] in s.groups:
            l,ps=s.groups[e['by']]; h['group']=(l,len(ps),sum(1 for p in ps if s.stays(s.owner_i(p))[1] is not None))
        s.heads.append(h)
    # presence
    def names_of(s,pi):
        return [p.name for k,p in enumerate(s.persons) if (k if p.stands is None else p.stands)==pi] if s.persons[pi].stands is None else []
    def conns_of(s,pi): return [c for c in s.conns if s.owner_i(c.name)==pi]
    def pieces(s,pi,openend=INF,with_open=True):
        out=[(c.joined,c.last if c.ended else openend) for c in s.conns_of(pi) if c.ended or with_open]
        out+=[(x.frm,x.to) for x in s.stays(pi)[0]]
        return out
    @staticmethod
    def union(pieces):
        out=[]
        for a,b in sorted(p for p in pieces if p[1]>p[0]):
            if out and a<=out[-1][1]: out[-1]=(out[-1][0],max(b,out[-1][1]))
            else: out.append((a,b))
        return out
    def proved_within(s,pi,a,b):
        return any(f<=b and t>=a for f,t in s.pieces(pi))
    def first_join(s,pi):
        return min([c.joined for c in s.conns_of(pi)]+[x.made for x in s.scans_of(pi)],default=None)
    def last_proof(s,pi):
        return max([c.last for c in s.conns_of(pi) if c.ended]+[x.made for x in s.scans_of(pi)],default=None)
    def is_open(s,pi): return any(not c.ended for c in s.conns_of(pi))
    # 14
    def listed(s,p,decl): return not p.added or decl['people']['open_registration_counts']
    def may_count(s,pi,decl):
        p=s.persons[pi]; return p.stands is None and s.listed(p,decl) and p.role in decl['people']['roles']
    def causes(s,pi):
        if s.persons[pi].stands is not None: return set()
        out=set(); Lm=s.decl['people']['persons_per_device']
        if Lm:
            came={}
            for c in s.conns:
                if c.d is None: continue
                o=s.owner_i(c.name);l=came.setdefault(c.d,[])
                if o not in l:
                    if len(l)>=Lm and o==pi: out.add(('shared_device',c.d))
                    l.append(o)
        if s.decl['people']['hold_relays']: out|={('relay',c.id) for c in s.relays(pi)}
        out|={('late_scan',x.uuid) for x in s.scans if x.late and s.owner_i(x.name)==pi}
        return out
    def relays(s,pi):
        w=s.lesson()
        if not w: return []
        cs=[c for c in s.conns_of(pi) if c.d and c.n]
        return [b for a,b in zip(cs,cs[1:]) if a.d!=b.d and a.n!=b.n and w[0]<b.joined<w[1]]
    def accused(s,pi): return any(a['deed']=='strike' and a['decision']==('open',None) and s.owner_i(a['f']['person'])==pi for a in s.acts.values())
    def free(s,pi):
        p=s.persons[pi]; return s.causes(pi)<=p.released and not s.accused(pi) and p.struck is None
    def eligible(s,pi): return s.may_count(pi,s.decl) and s.free(pi)
    # 15
    def on_staff(s,e,t,T,i):
        refuse(e['p'] not in s.place,'unknown'); refuse(s.owner(e['p']).role in s.decl['people']['roles'],'counts')
        k=s.staff.get(e['p']); refuse(k and SIDE[k['role']]!=SIDE[e['role']],'side'); refuse(s.start and not s.opened['rehearsal'],'started')
        s.staff[e['p']]=dict(role=e['role'],key=e['key'])
    def on_act(s,e,t,T,i):
        st=s.staff.get(e['p']); refuse(not st,'not enrolled')
        try:
            refuse(not re.fullmatch('[A-Za-z0-9_-]{86}',e['sig']),'sig'); sig=base64.urlsafe_b64decode(e['sig']+'==')
            refuse(base64.urlsafe_b64encode(sig).decode().rstrip('=')!=e['sig'],'sig')
        except ValueError: raise Refused('sig')
        refuse(not verify(bytes.fromhex(st['key']),b'hadir act v1\n'+e['text'].encode(),sig),'signature')
        refuse(len(e['text'].encode())>4096,'long'); x=STMT(read_json(e['text']))
        refuse(not isinstance(x['do'],dict) or len(x['do'])!=1,'do'); (deed,f),=x['do'].items(); refuse(deed not in DEEDS,'deed'); f=obj(DEEDS[deed])(f)
        if deed=='draw': refuse(not 1<=f['persons']<=10000 or not is_nonce(f['nonce']),'draw')
        refuse(x['origin']!=s.opened['origin'] or x['by']!=e['p'],'foreign'); refuse(x['act'] in s.act_names,'repeated')
        s.allowed(deed,f,e['p'],st,T)
        s.act_names.add(x['act']); a=dict(entry=i,at=T,by=e['p'],role=st['role'],deed=deed,f=f,decision=('open',None) if deed in PROPOSALS else None,used=False)
        if deed=='release': o=s.owner_i(f['person']); a['held']=s.causes(o)-s.persons[o].released
        s.acts[i]=a
        if deed in('confirm','dismiss'): s.decide(f['of'],deed=='confirm',i,T)
        if deed=='draw': s.draw(f,i)
        if deed=='outcome':
            for d in s.drawn:
                if d['draw']==f['draw'] and d['person']==f['person']: d['found']=f['found']
        if deed=='answer':
            for c in s.claims:
                if c['entry']==f['claim']: c['answer']=(T,e['p'],f['upheld'],f['reason'])
    def strike_stands(s,k):
        a=s.acts.get(k); return bool(a) and a['deed']=='strike' and s.owner(a['f']['person']).struck==k
    def allowed(s,deed,f,p,st,T,confirming=None):
        side=SIDE[st['role']]
        if deed=='strike': refuse(f['person'] not in s.place or s.accused(s.owner_i(f['person'])) or s.owner(f['person']).struck is not None,'strike')
        elif deed=='reverse': refuse(not s.strike_stands(f['strike']),'reverse')
        elif deed=='release':
            refuse(f['person'] not in s.place,'release'); o=s.owner_i(f['person']); left=s.causes(o)-s.persons[o].released; refuse(not left,'not held'); refuse({k for k,_ in left}!=set(f['holds']),'held otherwise')
        elif deed=='merge':
            ok=f['from']!=f['into'] and all(n in s.place and s.persons[s.place[n]].stands is None and s.persons[s.place[n]].struck is None and not s.accused(s.place[n]) for n in(f['from'],f['into']))
            refuse(not ok,'merge'); refuse({s.owner_i(x) for x in s.staff}&{s.place[f['from']],s.place[f['into']]},'merge acts')
        elif deed=='bridge':
            r=s.decl['rule']; refuse(not f['from']<f['to'] or len(s.rulings)>=64,'bridge')
            refuse(r['kind'] not in('full_lesson','minimum_time','share') or r['presence']!='continuous','nothing to bridge')
            refuse(s.cut_off_by(f['from'],f['to'],f['network']) is None,'not detected')
        elif deed=='declare':
            v=[v for v in s.versions if v['entry']==f['version'] and not v['adopted']]; refuse(not v,'declare'); refuse(any(s.owner(x).role in v[0]['decl']['people']['roles'] for x in s.staff),'declare counts')
        elif deed=='signal': refuse(not s.signal_allowed(f['signal'],T),'signal')
        elif deed in('confirm','dismiss'):
            a=s.acts.get(f['of']); refuse(not a or a['decision']!=('open',None),'not open')
            other=SIDE[a['role']]!=side
            if deed=='dismiss': refuse(not(other or a['by']==p),'side'); return
            refuse(not other or a['by']==p,'side')
            if a['deed']=='strike': return
            if a['deed']=='signal': refuse(s.last_signal is not None and s.last_signal>f['of'],'not open')
            if a['deed']=='release':
                o=s.owner_i(a['f']['person']); refuse(not (s.causes(o)-s.persons[o].released)&a['held'],'not held'); return
            s.allowed(a['deed'],a['f'],p,st,T)
        elif deed=='answer': refuse(not any(c['entry']==f['claim'] for c in s.claims),'claim')
        elif deed=='draw': refuse(not s.closed or side!='independent','draw')
        elif deed=='outcome': refuse(side!='independent' or not any(d['draw']==f['draw'] and d['person']==f['person'] for d in s.drawn),'outcome')
        elif deed=='read': refuse(st['role']!='timekeeper' or s.standing_signal(f['signal']) is None,'read')
        elif deed=='shift': refuse(side!='independent','shift')
    def decide(s,k,confirmed,i,T):
        a=s.acts[k]; a['decision']=('confirmed' if confirmed else 'dismissed',i); f=a['f']
        if not confirmed: return
        d=a['deed']
        if d=='strike': s.owner(f['person']).struck=k
        elif d=='reverse': s.owner(s.acts[f['strike']]['f']['person']).struck=None
        elif d=='release': s.owner(f['person']).released|=a['held']
        elif d=='merge':
            F,Ii=s.place[f['from']],s.place[f['into']]
            for p in s.persons:
                if p.stands==F: p.stands=Ii
            a_,b_=s.persons[F],s.persons[Ii]; a_.stands=Ii; b_.released|=a_.released; b_.rulings|=a_.rulings; a_.released=set();a_.rulings=set()
        elif d=='bridge':
            r=dict(A=f['from'],B=f['to'],N=f['network'],cut=s.cut_off_by(f['from'],f['to'],f['network'])); s.rulings.append(r)
            for c in s.conns:
                if s.concerns(r,c): s.owner(c.name).rulings.add(len(s.rulings)-1)
        elif d=='declare':
            for v in s.versions:
                if v['entry']==f['version']: v['adopted']=True; s.in_force=v['entry']; s.decl=v['decl']
    # 17
    def concerns(s,r,c):
        if r['N'] is None: return True
        return c.n==r['N'] and c.ended and c.cause in('lost','closed','silent') and r['A']-60000<=c.last<=r['cut']
    def cut_off_by(s,A,B,N):
        best=None
        for o in s.outages():
            k=o['kind']; all80=o['lost']*100>=o['there']*80
            is_one=(k=='restart' or k=='mass_drop' and all80) if N is None else (k=='network_drop' and o['subject']==N and all80)
            if is_one and o['from']<=A and B<=o['to']: best=min(o['cut'],B) if best is None else max(best,min(o['cut'],B))
        return best
    # 18
    def on_version(s,e,t,T,i):
        d=e['declaration'];c=s.decl
        refuse(e['p'] not in s.staff,'not enrolled'); refuse(len(e['toml'].encode())>8192 or len(compact({'p':e['p'],'toml':e['toml'],'declaration':canon_decl(d)}))>12288,'long')
        refuse(len(s.versions)>=16,'many'); refuse(contradictions(d),'contradicts'); refuse(d==c,'same')
        for k in('rehearsal','zone','public_url','window','liveness','signals','prompts','venues','hall'): refuse(d[k]!=c[k],'fixed '+k)
        for k in('primary_id','persons_per_device','hold_relays','open_registration'): refuse(d['people'][k]!=c['people'][k],'fixed people')
        s.versions.append(dict(entry=i,at=T,digest=hashlib.sha256(e['toml'].encode()).hexdigest(),decl=d,adopted=False))
    # 20
    def profile(s,pi,decl,window='elapsed',extra=(),rulings=True,openend=None):
        w=s.elapsed() if window=='elapsed' else window
        pr=O();pr.first=None;pr.last_end=0;pr.gap=0;pr.broken=False;pr.st=[0,0,0];pr.br=[0,0,0]
        if not w: return pr
        for a,b in s.union(s.pieces(pi,w[1])+list(extra)):
            a,b=max(a,w[0]),min(b,w[1])
            if a<b: s.push(pr,a,b,pi,decl,rulings)
        return pr
    @staticmethod
    def grow(t,n): t[0]+=n;t[1]+=n;t[2]=max(t[2],t[1])
    def bridges(s,pi,decl,Lx,R,rulings):
        if R-Lx<=decl['rule']['grace_ms']: return True
        return rulings and any(r['A']-60000<=Lx<=r['cut'] and R<=r['B']+180000 for k,r in enumerate(s.rulings) if k in s.persons[pi].rulings)
    def push(s,pr,a,b,pi,decl,rulings=True):
        if a>=b: return
        if pr.first is None: pr.first=a
        else:
            gap=a-pr.last_end; pr.gap=max(pr.gap,gap)
            if gap>0: pr.st[1]=0
            if gap==0 or s.bridges(pi,decl,pr.last_end,a,rulings): s.grow(pr.br,gap)
            else: pr.br[1]=0;pr.broken=True
        s.grow(pr.st,b-a);s.grow(pr.br,b-a);pr.last_end=b
    def in_time(s,pr,w,decl): return pr.first is not None and pr.first<=w[0]+decl['rule']['late_ms']
    def to_end(s,pr,w,decl): return pr.first is not None and pr.last_end>=w[1]-decl['rule']['early_ms']
    def unbroken(s,pr,br): return not pr.broken if br else pr.gap==0
    def full(s,pr,w,decl,br): return s.in_time(pr,w,decl) and s.to_end(pr,w,decl) and s.unbroken(pr,br)
    def mintime(s,pr,decl,cont,br): t=pr.br if br else pr.st; return pr.first is not None and (t[2] if cont else t[0])>=minimum(decl)
    def shareok(s,pr,w,decl,br): t=pr.br if br else pr.st; return pr.first is not None and t[0]*10000>=(w[1]-w[0])*share(decl)
    def holds_cont(s,pr,w,decl,br):
        k=decl['rule']['kind']
        return {'full_lesson':lambda:s.full(pr,w,decl,br),'minimum_time':lambda:s.mintime(pr,decl,decl['rule']['continuous'],br),'share':lambda:s.shareok(pr,w,decl,br),
          'prompts':lambda:pr.first is not None,'peak':lambda:False}[k]()
    def at_start(s,pi,decl):
        w=s.elapsed(); c=decl['rule']['checkpoints']; return bool(w) and s.proved_within(pi,w[0]-c['before_start_ms'],w[0]+c['after_start_ms'])
    def at_end(s,pi,decl):
        w=s.elapsed(); c=decl['rule']['checkpoints']; return bool(w) and s.proved_within(pi,w[1]-c['before_end_ms'],w[1]+c['after_end_ms'])
    def clause(s,pi,pr,w,decl,br):
        if decl['rule']['presence']=='checkpoints': return s.at_start(pi,decl) and s.at_end(pi,decl)
        return s.holds_cont(pr,w,decl,br)
    def standing(s,pi,decl=None,rulings=True):
        decl=decl or s.decl; o=O(); w=s.elapsed()
        if not w:
            o.in_lesson=o.full=o.active=o.q=o.qs=False;o.can=True;return o
        pr=s.profile(pi,decl,rulings=rulings); ck=s.checks_hold(pi,decl['rule']['presence'],decl)
        o.in_lesson=pr.first is not None; o.full=o.in_lesson and pr.st[0]==w[1]-w[0]
        o.active=s.clause(pi,pr,w,decl,True);o.q=o.active and ck;o.qs=ck and s.clause(pi,pr,w,decl,False)
        o.can=o.q if s.closed else s.can(pi,pr,decl)
        return o
    def can(s,pi,pr,decl):
        S,E=s.lesson();now=s.now;a,o,m=s.responses(pi);come=o+(0 if now>=E else s.to_come());cp=decl['rule']['presence']=='checkpoints'
        if not(a+come>=(decl['rule']['prompts_min'] or 0) and (not cp or not m or come>0)): return False
        inside=s.stays(pi)[1];c=decl['rule']['checkpoints']
        if cp: return (s.at_start(pi,decl) or now<=S+c['after_start_ms']) and (now<E or s.at_end(pi,decl) or now<=E+c['after_end_ms'] or inside is not None)
        if decl['rule']['kind']=='peak' and now<E: return True
        w=(S,E)
        if s.holds_cont(pr,w,decl,True): return True
        if inside is not None: return s.holds_cont(s.profile(pi,decl,window=w,extra=[(inside,E)]),w,decl,True)
        h=s.profile(pi,decl)
        if now<E: s.push(h,max(now,S),E,pi,decl)
        return s.holds_cont(h,w,decl,True)
    # 22
    def curve(s,who,bridged,decl=None):
        g=(decl or s.decl)['rule']['grace_ms'];w=s.lesson();d={}
        for pi in who:
            u=s.union(s.pieces(pi));out=[]
            for a,b in u:
                if bridged and w and out and out[-1][1]>w[0] and a<w[1] and a-out[-1][1]<=g: out[-1]=(out[-1][0],b)
                else: out.append((a,b))
            for a,b in out:
                d[a]=d.get(a,0)+1
                if b<INF: d[b]=d.get(b,0)-1
        return sorted((x,v) for x,v in d.items() if v)
    @staticmethod
    def value(cv,x): return sum(v for a,v in cv if a<=x)
    def peak(s,cv):
        w=s.seen()
        if not w: return {'count':0,'at':[]}
        pts=[w[0]]+[a for a,v in cv if w[0]<a<w[1]]; vals=[s.value(cv,x) for x in pts]; m=max(vals);at=[]
        if m>0:
            prev=None
            for x,v in zip(pts,vals):
                if v==m and prev!=m: at.append(x)
                prev=v
        return {'count':m,'at':at[:100]}
    def joined_stretches(s,pi,w,g):
        out=[]
        for a,b in s.union(s.pieces(pi,w[1])):
            a,b=max(a,w[0]),min(b,w[1])
            if a>=b: continue
            if out and a-out[-1][1]<=g: out[-1]=(out[-1][0],b)
            else: out.append((a,b))
        return out
    def ten(s,g):
        w=s.elapsed()
        if not w: return {'strict':0,'loose':0}
        st={};lo={}
        for pi in s.elig:
            seen=set();thr=set()
            for a,b in s.joined_stretches(pi,w,g):
                thr|=set(range(-(-a//10000),b//10000)); seen|=set(range(a//10000,-(-b//10000)))
            for k in thr: st[k]=st.get(k,0)+1
            for k in seen: lo[k]=lo.get(k,0)+1
        return {'strict':max(st.values(),default=0),'loose':max(lo.values(),default=0)}
    # 21
    def reason(s,pi,first_peak):
        p=s.persons[pi];d=s.decl
        if s.first_join(pi) is None and not p.came: return 'never_joined'
        if p.role not in d['people']['roles']: return 'role'
        if p.stands is not None: return 'merged'
        if not s.listed(p,d): return 'role'
        w=s.elapsed()
        if not w: return 'no_start'
        r=s.by_presence(pi,w,first_peak)
        if r: return r
        if not s.checks_hold(pi,d['rule']['presence'],d): return 'prompts'
        if p.struck is not None: return 'struck'
        if not s.eligible(pi): return 'held'
        return ''
    def by_presence(s,pi,w,X):
        d=s.decl;k=d['rule']['kind']
        if d['rule']['presence']=='checkpoints':
            return 'late' if not s.at_start(pi,d) else 'left_early' if not s.at_end(pi,d) else ''
        pr=s.profile(pi,d)
        if k=='full_lesson':
            return 'late' if not s.in_time(pr,w,d) else 'left_early' if not s.to_end(pr,w,d) else 'gap' if not s.unbroken(pr,True) else ''
        if k!='peak': return '' if s.holds_cont(pr,w,d,True) else 'too_short'
        sn=s.seen()
        if X is None or not sn: return 'late'
        st=s.joined_stretches(pi,sn,d['rule']['grace_ms'])
        if any(a<=X<b for a,b in st): return ''
        if all(a>X for a,b in st): return 'late'
        if all(b<=X for a,b in st): return 'left_early'
        return 'gap'
    def status(s,pi,reason):
        p=s.persons[pi];d=s.decl
        if p.stands is not None or p.role not in d['people']['roles'] or not s.listed(p,d) or p.struck is not None: return 'excluded'
        if not s.eligible(pi): return 'held'
        return 'not_certified' if reason else 'certified'
    def evaluate(s):
        s.all=range(len(s.persons)); s.own=[pi for pi in s.all if s.persons[pi].stands is None]; s.elig=[pi for pi in s.own if s.eligible(pi)]; eset=set(s.elig)
        s.cs=s.curve(s.elig,False); s.cb=s.curve(s.elig,True)
        s.pk=s.peak(s.cs);s.pb=s.peak(s.cb); X=s.pb['at'][0] if s.pb['at'] else None
        s.stand={pi:s.standing(pi) for pi in s.own}
        s.reasons={pi:s.reason(pi,X) for pi in s.all}; s.statuses={pi:s.status(pi,s.reasons[pi]) for pi in s.all}
        s.by_name=sorted(s.all,key=lambda pi:pkey(s.persons[pi].name))
    def draw(s,f,i):
        s.evaluate()
        lots=sorted((H(f"hadir sample\n{s.close_root}\n{f['nonce']}\n{s.persons[pi].name}\n".encode()),pkey(s.persons[pi].name),s.persons[pi].name) for pi in s.all if s.statuses[pi]=='certified')
        for k,(_,_,n) in enumerate(lots[:f['persons']],1): s.drawn.append(dict(draw=i,place=k,person=n,found=None))
    # 23
    def effect(s,kind,subject,frm,to,X,there=None):
        g=s.decl['rule']['grace_ms']; own={s.owner_i(c.name) for c in X}
        back={s.owner_i(c.name) for c in X if s.proved_within(s.owner_i(c.name),c.last+1,c.last+g)}
        q=sum(1 for pi in own if s.eligible(pi) and s.standing(pi).q)
        return dict(kind=kind,subject=subject,to=to,persons=len(own),back=len(back),qualify=q,lost=len(X),there=len(X) if there is None else there,cut=max([c.last for c in X],default=frm),**{'from':frm})
    def outages(s):
        out=[]
        for r,T in s.cuts:
            X=[c for c in s.conns if c.run==r and c.cause=='restart']
            out.append(s.effect('restart',r,min([c.last for c in X],default=T),T,X))
        w=s.lesson()
        if w:
            nets=sorted({c.n for c in s.conns if c.n})
            for kind,N in [('mass_drop',None)]+[('network_drop',n) for n in nets]:
                cs=[c for c in s.conns if N is None or c.n==N]
                lost=sorted([c for c in cs if c.ended and c.cause in('lost','closed','silent') and w[0]<=c.last<w[1]],key=lambda c:(c.last,ckey(c.id)))
                there=lambda x:sum(1 for c in cs if c.joined<=x)-sum(1 for c in cs if c.ended and c.last<x)
                i=0
                while i<len(lost):
                    first=lost[i].last;tg=[c for c in lost[i:] if c.last<=first+30000];th=there(first)
                    large=len(tg)>=th//10 if N is None else len(tg)*100>=th*80
                    if large and len({s.owner_i(c.name) for c in tg})>=20:
                        last=max(c.last for c in tg);backs=[]
                        for c in tg:
                            pi=s.owner_i(c.name); cand=[a for a,b in s.union(s.pieces(pi,with_open=False)) if b>c.last][:1]+[min(x.joined for x in s.conns_of(pi) if not x.ended)]*s.is_open(pi) if s.is_open(pi) else [a for a,b in s.union(s.pieces(pi,with_open=False)) if b>c.last][:1]
                            if cand and min(cand)>c.last: backs.append(min(cand))
                        backs.sort(); over=backs[len(backs)//2] if backs else last
                        out.append(s.effect(kind,N or '',first,max(over,last),tg,th)); i+=len(tg)
                    else: i+=1
        return out
    def incidents(s):
        out=s.outages(); z=dict(persons=0,back=0,qualify=0,lost=0,there=0)
        for T,o in s.steps: out.append({'kind':'clock_step','subject':str(o),'from':T,'to':T,**z})
        for k,c in enumerate(s.checks,1):
            if c.due is not None and c.at-c.due>10000: out.append({'kind':'late_check','subject':str(k),'from':c.due,'to':c.at,**z})
        w=s.lesson();p=s.decl['prompts']
        if w and s.now>=w[1] and p:
            have={s.checks[k].place for k in s.mine()};pl=s.plan(s.seed,w[0]) if s.seed else {}
            for k in range(1,p['count']+1):
                if k not in have:
                    f,t=(pl[k][0],pl[k][0]) if pl else w; out.append({'kind':'missed_check','subject':str(k),'from':f,'to':t,**z})
        order=['restart','mass_drop','network_drop','clock_step','late_check','missed_check']
        return sorted(out,key=lambda o:(o['from'],o['to'],order.index(o['kind']),o['subject'].encode(),o['persons'],o['back'],o['qualify'],o['lost'],o['there']))
    def anomalies(s):
        out=[];Lm=s.decl['people']['persons_per_device'];dev={};net={};sec={}
        for c in s.conns:
            o=s.owner_i(c.name)
            if c.d: dev.setdefault(c.d,set()).add(o)
            if c.n: net.setdefault(c.n,set()).add(o); sec.setdefault((c.n,c.joined//1000),set()).add(o)
        for d,o in dev.items():
            if len(o)>max(Lm,1): out.append((0,d,None,len(o),Lm>0))
        for pi in s.own:
            r=s.relays(pi)
            if r: out.append((1,s.persons[pi].name,r[0].joined,1,s.decl['people']['hold_relays']))
        for (n,x),o in sec.items():
            if len(o)>=20: out.append((2,n,x*1000,len(o),False))
        m={}
        for pi in s.own:
            for k in range(len(s.checks)):
                a=s.response(pi,k)['answered']
                if a is not None: m[(k,a)]=m.get((k,a),0)+1
        for (k,a),c in m.items():
            if c>=5: out.append((3,str(k+1),a,c,False))
        for pi in s.own:
            until={}
            for c in s.conns_of(pi):
                end=c.last if c.ended else s.now; oth=max([v for d,v in until.items() if d!=c.d],default=None)
                if oth is not None and min(oth,end)-c.joined>210000: out.append((4,s.persons[pi].name,c.joined,1,False)); break
                until[c.d]=max(until.get(c.d,end),end)
        for n,o in net.items():
            if len(o)>=20: out.append((5,n,None,len(o),False))
        return sorted(out,key=lambda r:(r[0],r[1].encode(),-INF if r[2] is None else r[2],r[3],r[4]))
    def on_claim(s,e,t,T,i):
        refuse(e['p'] not in s.place,'unknown'); u=claims_until(s.decl); refuse(u is None,'none'); w=s.lesson(); refuse(not w or T<w[1],'early'); refuse(T>u,'late')
        refuse(any(c['person']==e['p'] and c['why']==e['why'] for c in s.claims),'made'); s.claims.append(dict(entry=i,at=T,person=e['p'],why=e['why'],answer=None))
    def on_group(s,e,t,T,i):
        refuse(len(e['persons'])>50 or blank(e['label']) or len(e['label'].encode())>64,'group')
        refuse(e['p'] not in s.place or any(p not in s.place for p in e['persons']),'unknown')
        refuse(any(p in g[1] for st,g in s.groups.items() if st!=e['p'] for p in e['persons']),'taken'); s.groups[e['p']]=(e['label'],e['persons'])
    # 18.3
    def count_under(s,decl,rulings=True,never=False):
        who=[pi for pi in s.own if s.may_count(pi,decl) and s.free(pi) and not(never and s.causes(pi))]
        if decl['rule']['kind']=='peak': return s.peak(s.curve(who,True,decl))['count']
        return sum(1 for pi in who if s.standing(pi,decl,rulings).q)
    # 26
    def final(s):
        w=s.lesson()
        if not w or s.phase() not in('ended','closed'): return False
        d=s.decl
        settled=s.closed or (not any(s.stays(pi)[1] is not None for pi in s.own) and all(s.now>s.checks[k].closes for k in s.mine()) and (d['rule']['presence']!='checkpoints' or s.now>w[1]+d['rule']['checkpoints']['after_end_ms']))
        return settled and all(c.ended or c.joined>=w[1] or s.vouched(c)>=w[1] for c in s.conns)
    def words(s):
        r=s.decl['rule']
        def sec(ms): return str(ms//1000)+('' if ms%1000==0 else '.%03d'%(ms%1000))
        l,e=sec(r['late_ms']),sec(r['early_ms']);c={k:sec(v) for k,v in r['checkpoints'].items()};m=sec(r['minimum_ms'] or 0);W,F=divmod(share(s.decl),100)
        k=r['kind']
        if k=='full_lesson' and r['presence']=='continuous': i,n=f'hadir penuh: paling lambat {l} detik setelah mulai, paling cepat pulang {e} detik sebelum selesai',f'present throughout: from at most {l} s after the start to at most {e} s before the end'
        elif k=='full_lesson':
            i=f"bukti hadir antara {c['before_start_ms']} detik sebelum dan {c['after_start_ms']} detik setelah mulai, pemeriksaan terakhir dijawab, dan bukti hadir antara {c['before_end_ms']} detik sebelum dan {c['after_end_ms']} detik setelah selesai"
            n=f"proved present between {c['before_start_ms']} s before and {c['after_start_ms']} s after the start, the last participation check answered, and proved present between {c['before_end_ms']} s before and {c['after_end_ms']} s after the end"
        elif k=='minimum_time' and r['continuous']: i,n=f'hadir terus-menerus paling sedikit {m} detik',f'present for at least {m} s in one run'
        elif k=='minimum_time': i,n=f'hadir paling sedikit {m} detik secara total',f'present for at least {m} s in total'
        elif k=='share': i,n=f'hadir paling sedikit {W},{F:02} % dari pelajaran',f'present for at least {W}.{F:02} % of the lesson'
        elif k=='peak': i,n='jumlah orang yang hadir bersamaan pada saat teramai','the number of persons present at the same moment, when most were'
        else: i,n='hadir dalam pelajaran','present in the lesson'
        if r['prompts_min'] is not None: i+=f"; menjawab paling sedikit {r['prompts_min']} pemeriksaan";n+=f"; at least {r['prompts_min']} participation check(s) answered"
        if r['presence']=='continuous': i+=f"; jeda sampai {sec(r['grace_ms'])} detik dijembatani";n+=f"; interruptions of up to {sec(r['grace_ms'])} s are bridged"
        return {'id':i+'; satu orang satu hitungan','en':n+'; each person counts once'}
    def tallies(s):
        d=s.decl;k=d['rule']['kind'];w=s.lesson();el=s.elapsed();E=s.elig;es=set(E);st=s.stand
        cnt=lambda f,who:sum(1 for pi in who if f(st[pi]))
        prof={pi:s.profile(pi,d) for pi in s.own}
        if k=='peak': cert,certs=s.pb['count'],s.pk['count']
        else: cert,certs=cnt(lambda o:o.q,E),cnt(lambda o:o.qs,E)
        present=sum(1 for pi in E if s.is_open(pi))
        pk=lambda p:{'count':p['count'],'at':[show(x) for x in p['at']]}
        op=None
        if s.checks and not s.closed and s.now<=s.checks[-1].closes:
            c=s.checks[-1];n=len(s.checks)-1
            op={'prompt':n+1,'kind':c.kind,'closes_at':show(c.closes),'word':c.word,'answered':sum(1 for pi in s.own if s.response(pi,n)['answered'] is not None)}
        own=s.own
        cl=lambda f:sum(1 for pi in own if el and f(prof[pi]))
        cen=[]
        if el and el[0]<el[1]:
            for x in(el[0],el[0]+(el[1]-el[0])//2,el[1]-1): cen.append({'at':show(x),'present':s.value(s.cs,x),'present_bridged':s.value(s.cb,x)})
        area=0
        if el and s.seen():
            pts=[el[0]]+[a for a,v in s.cs if el[0]<a<el[1]]+[el[1]]
            for a,b in zip(pts,pts[1:]): area+=s.value(s.cs,a)*(b-a)
        sts={};rs={};gr={}
        for pi in s.all:
            sts[s.statuses[pi]]=sts.get(s.statuses[pi],0)+1
            if s.reasons[pi]: rs[s.reasons[pi]]=rs.get(s.reasons[pi],0)+1
            g=gr.setdefault(s.persons[pi].group or 'unknown',{'persons':0,'joined':0,'certified':0});g['persons']+=1;g['joined']+=s.first_join(pi) is not None if s.persons[pi].stands is None else 0;g['certified']+=s.statuses[pi]=='certified'
        srt=lambda x:dict(sorted(x.items(),key=lambda kv:kv[0].encode()))
        act=cnt(lambda o:o.active,E);q=cnt(lambda o:o.q,E);ib=d['ceilings']['inactive_bp']
        modes={'continuous':0,'checkpoints':0}
        if el:
            modes['continuous']=sum(1 for pi in E if s.holds_cont(prof[pi],el,d,True) and s.checks_hold(pi,'continuous',d))
            modes['checkpoints']=sum(1 for pi in E if s.at_start(pi,d) and s.at_end(pi,d) and s.checks_hold(pi,'checkpoints',d))
        ven={v['id']:{'persons':0,'certified':0,'below_minimum':False} for v in d['venues']}
        for pi in s.own:
            sc=s.scans_of(pi)
            if sc: v=ven[sc[0].venue];v['persons']+=1;v['certified']+=s.statuses[pi]=='certified'
        for v in ven.values(): v['below_minimum']=v['certified']<(d['rule']['venue_min'] or 0)
        reads=[]
        for a in s.acts.values():
            if a['deed']=='read':
                g=s.standing_signal(a['f']['signal'])
                if g and a['entry']>g[1]: reads.append({'signal':a['f']['signal'],'by':a['by'],'reading':show(a['f']['reading']),'server':show(g[0]),'difference_ms':a['f']['reading']-g[0]})
        s.funnel=[{'step':'on_the_list','count':len(s.persons)}]+[{'step':r,'count':rs.get(r,0)} for r in('never_joined','role','merged','no_start','late','left_early','gap','too_short','prompts','struck','held')]+[{'step':'certified','count':sts.get('certified',0)}]
        s.vcounts=[(v,s.count_under(v['decl'])) for v in s.versions if v['adopted']]
        return {'size':s.n,'root':s.tree.root().hex(),'at':show(s.now),'phase':s.phase(),'final':s.final(),'registered':len(own),
         'ever_joined':sum(1 for pi in own if s.first_join(pi) is not None),'in_lesson':cnt(lambda o:o.in_lesson,own),
         'connections':len(s.conns)+sum(len(s.stays(pi)[0]) for pi in own),'present':present,
         'present_bridged':s.value(s.cb,s.now) if w and w[0]<w[1] and s.now<w[1] else present,'peak':pk(s.pk),'full_lesson':cnt(lambda o:o.full,own),
         'certifiable':cert,'certifiable_strict':certs,'can_qualify':cert if k=='peak' and s.over() else cnt(lambda o:o.can,E),'rule':s.words(),
         'prompts':{'planned':d['prompts']['count'] if d['prompts'] else 0,'opened':len(s.mine()),'open':op},
         'hall':{'scanned':sum(1 for pi in own if s.scans_of(pi)),'inside':sum(1 for pi in own if s.stays(pi)[1] is not None)},
         'start':show(w[0]) if w else None,'end':show(w[1]) if w else None,'peak_bridged':pk(s.pb),'peak_10s':s.ten(0),'peak_10s_bridged':s.ten(d['rule']['grace_ms']),'census':cen,
         'full_lesson_declared':cl(lambda p:s.full(p,el,d,False)),'full_lesson_bridged':cl(lambda p:s.full(p,el,d,True)),
         'minimum_time':{'minimum_ms':minimum(d),'cumulative':cl(lambda p:s.mintime(p,d,False,False)),'cumulative_bridged':cl(lambda p:s.mintime(p,d,False,True)),'continuous':cl(lambda p:s.mintime(p,d,True,False)),'continuous_bridged':cl(lambda p:s.mintime(p,d,True,True))},
         'share':{'share_bp':share(d),'persons':cl(lambda p:s.shareok(p,el,d,False)),'persons_bridged':cl(lambda p:s.shareok(p,el,d,True))},
         'person_ms':sum(prof[pi].st[0] for pi in E),'concurrency_ms':area,'statuses':srt(sts),'reasons':srt(rs),'groups':srt(gr),
         'inactive':{'persons':act-q,'of':act,'ceiling_bp':ib,'exceeded':ib is not None and (act-q)*10000>act*ib},'modes':modes,'funnel':s.funnel,
         'certifiable_without_releases':s.count_under(d,never=True),'rulings':len(s.rulings),'certifiable_without_rulings':s.count_under(d,rulings=False),
         'versions':[{'entry':v['entry'],'digest':v['digest'],'certifiable':c} for v,c in s.vcounts],'venues':srt(ven),'claims':len(s.claims),'readings':reads}
    def files(s):
        s.evaluate(); t=s.tallies(); f={'tallies.json':pretty(t),'funnel.json':pretty(s.funnel)}
        rows=[]
        for pi in s.by_name:
            p=s.persons[pi];own=p.stands is None;pr=s.profile(pi,s.decl) if own else None
            cs=s.conns_of(pi) if own else [];sc=s.scans_of(pi) if own else []
            on=any(c.channel=='online' for c in cs);ga=bool(sc) or any(c.channel=='gate' for c in cs)
            there=own and (s.is_open(pi) or s.stays(pi)[1] is not None)
            rows.append([p.name,s.statuses[pi],s.reasons[pi],'both' if on and ga else 'online' if on else 'gate' if ga else '',t_(s.first_join(pi)) if own else '',
              t_(s.last_proof(pi)) if own and not there else '',pr.st[0] if own else 0,pr.br[0] if own else 0,pr.st[2] if own else 0,len(cs)+(len(s.stays(pi)[0]) if own else 0),p.role,p.group,yes(p.added)])
        f['people.csv']=table('person,status,reason,channel,first_join,last_leave,present_ms,present_bridged_ms,longest_ms,connections,role,group,added',rows)
        rows=[[c.name,c.id,c.run,c.channel,show(c.joined),show(c.last if c.ended else s.vouched(c)),t_(c.noticed),c.cause] for c in s.conns]
        for pi in s.own: rows+=[[x.name,x.id,x.id.split('-')[0],'gate',show(x.frm),show(x.to),t_(x.left),x.cause] for x in s.stays(pi)[0]]
        f['connections.csv']=table('person,connection,node,channel,join,last_proof,leave,cause',rows)
        rows=[]
        if s.conns:
            x=s.conns[0].joined//1000*1000;last=None
            while x<=s.now:
                v=(s.value(s.cs,x),s.value(s.cb,x),sum(1 for c in s.conns if c.joined<=x and (not c.ended or x<c.last)))
                if v!=last or (max(v)>0 and len(rows)<1000000): rows.append([show(x),*v]);last=v
                x+=1000
        f['timeline.csv']=table('at,present,present_bridged,connections',rows)
        rows=[]
        for k,c in enumerate(s.checks):
            for pi in s.by_name:
                p=s.persons[pi]
                if p.stands is not None or s.first_join(pi) is None: continue
                r=s.response(pi,k)
                o='answered' if r['answered'] is not None else 'open' if not s.closed and s.now<=c.closes else 'failed' if r['failed'] else 'ignored' if r['shown'] else 'undelivered' if s.proved_within(pi,c.at,c.closes) else 'away'
                rows.append([k+1,c.kind,'planned' if c.place is not None else 'extra',t_(c.due),show(c.at),show(c.closes),p.name,o,t_(r['answered'])])
        f['prompts.csv']=table('prompt,kind,cause,due,opened,closes,person,outcome,answered',rows)
        f['scans.csv']=table('scan,entry,person,venue,door,way,method,card,made,device,received,late',[[x.uuid,x.entry,x.name,x.venue,x.door,x.way,x.method,yes(x.card),show(x.made),show(x.device),show(x.received),yes(x.late)] for x in s.scans])
        rows=[[h['entry'],show(h['at']),h['by'],h['venue'],h['persons'],h['system'],*(h['group'] or ('','',''))] for h in s.heads]
        done={h['by'] for h in s.heads}
        rows+=[['','',n,'','','',s.groups[n][0],len(s.groups[n][1]),''] for n in sorted(s.groups,key=pkey) if n not in done]
        f['stewards.csv']=table('entry,at,steward,venue,counted,system,group,assigned,group_inside',rows)
        rows=[]
        for a in s.acts.values():
            g=a['f'];d=a['deed']
            about={'strike':lambda:g['person'],'release':lambda:' '.join([g['person']]+[k for k in HOLDS if k in g['holds']]),'reverse':lambda:g['strike'],'merge':lambda:g['from']+' '+g['into'],'signal':lambda:g['signal'],'confirm':lambda:g['of'],'dismiss':lambda:g['of'],
              'bridge':lambda:f"{show(g['from'])} {show(g['to'])} {g['network'] or 'everybody'}",'declare':lambda:g['version'],'answer':lambda:f"{g['claim']} {'upheld' if g['upheld'] else 'not_upheld'}",'draw':lambda:f"{g['persons']} {g['nonce']}",
              'outcome':lambda:g['person']+' '+g['found'],'read':lambda:g['signal']+' '+show(g['reading']),'shift':lambda:g['is'],'note':lambda:g['text']}[d]()
            rows.append([a['entry'],show(a['at']),a['by'],a['role'],SIDE[a['role']],d,about,a['decision'][0] if a['decision'] else '',g.get('reason','')])
        f['acts.csv']=table('entry,at,by,role,side,act,about,decision,reason',rows)
        rows=[]
        for a in s.acts.values():
            if a['deed']=='strike':
                dd=s.acts.get(a['decision'][1]); rows.append([a['entry'],a['f']['person'],a['f']['reason'],a['by'],show(a['at']),a['decision'][0],dd['by'] if dd else '',show(dd['at']) if dd else '',yes(s.strike_stands(a['entry']))])
        f['strikes.csv']=table('entry,person,reason,proposed_by,proposed_at,decision,decided_by,decided_at,stands',rows)
        f['incidents.csv']=table('from,to,kind,subject,persons,back_in_grace,qualify,lost,there',[[show(o['from']),show(o['to']),o['kind'],o['subject'],o['persons'],o['back'],o['qualify'],o['lost'],o['there']] for o in s.incidents()])
        f['anomalies.csv']=table('kind,subject,at,persons,held',[[['shared_device','relay','burst','answers_alike','parallel','shared_network'][r[0]],r[1],t_(r[2]),r[3],yes(r[4])] for r in s.anomalies()])
        f['sample.csv']=table('draw,place,person,found',[[d['draw'],d['place'],d['person'],d['found'] or ''] for d in s.drawn])
        f['claims.csv']=table('entry,at,person,why,answered_at,answered_by,upheld,reason',[[c['entry'],show(c['at']),c['person'],c['why'],*((show(c['answer'][0]),c['answer'][1],'yes' if c['answer'][2] else 'no',c['answer'][3]) if c['answer'] else ('','','',''))] for c in s.claims])
        vc={v['entry']:c for v,c in s.vcounts}
        f['versions.csv']=table('entry,at,digest,state,certifiable',[[v['entry'],show(v['at']),v['digest'],'in_force' if v['adopted'] and v['entry']==s.in_force else 'superseded' if v['adopted'] else 'proposed',vc.get(v['entry'],'')] for v in s.versions])
        return f
def recount(roster,entries):
    r=Recount(roster)
    assert entries.endswith(b'\n')
    for n,l in enumerate(entries[:-1].split(b'\n')):
        try: r.take(l)
        except Refused as e: raise Refused('line %d: %s'%(n+1,e))
    return r
if __name__=='__main__':
    b=sys.argv[1]; r=recount(open(b+'/roster.csv','rb').read(),open(b+'/log/entries.jsonl','rb').read())
    bad=0
    for n,x in r.files().items():
        y=open(b+'/'+n,'rb').read()
        if x!=y:
            bad+=1; print('DIFFERS',n)
            for i,(p,q) in enumerate(zip(x.split(b'\n'),y.split(b'\n'))):
                if p!=q: print(' line',i+1,'mine',p[:200],'bundle',q[:200]);break
    print('root',r.tree.root().hex(),'differs',bad)
