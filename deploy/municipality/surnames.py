"""The commonest Swedish surnames, with how many hundreds bear each.

Owns the numbers: the Swedish Tax Agency's public statistics of names (2025), rounded to hundreds.
Surnames that came with later immigration are in `given_names.FOREIGN`, beside their given names.
"""

from deploy.municipality.word_lists import words

BEARERS_IN_HUNDREDS = """
Andersson 2176, Johansson 2157, Karlsson 1603, Nilsson 1498, Eriksson 1212, Larsson 1111, Olsson 932,
Persson 930, Svensson 867, Gustafsson 630, Pettersson 560, Jonsson 504, Jansson 431, Hansson 389,
Carlsson 307, Bengtsson 303, Lindberg 276, Jönsson 275, Petersson 255, Magnusson 249, Lindström 247,
Lindgren 226, Gustavsson 225, Olofsson 224, Axelsson 211, Bergström 210, Lundberg 209, Berg 207,
Lundgren 202, Berglund 189, Jakobsson 188, Sandberg 179, Fredriksson 169, Mattsson 168, Forsberg 165,
Sjöberg 165, Lind 165, Henriksson 158, Lindqvist 158, Engström 157, Eklund 153, Lundin 153, Holm 145,
Danielsson 144, Bergman 144, Håkansson 140, Wallin 139, Gunnarsson 137, Björk 135, Samuelsson 133,
Nyström 133, Holmberg 131, Lundqvist 131, Fransson 129, Söderberg 126, Nyberg 126, Johnsson 124,
Arvidsson 124, Isaksson 122, Nordström 122, Lundström 116, Björklund 114, Mårtensson 113, Berggren 112,
Eliasson 112, Sandström 110, Nordin 109, Ström 104, Ekström 104, Åberg 104, Holmgren 101, Hermansson 100,
Hedlund 99, Sjögren 98, Sundberg 97, Dahlberg 97, Falk 97, Ek 95, Blom 93, Öberg 93, Hellström 93,
Strömberg 91, Martinsson 90, Lindholm 89, Dahl 89, Månsson 89, Blomqvist 89, Löfgren 87, Abrahamsson 86,
Norberg 86, Åström 86, Sundström 85, Åkesson 84, Nyman 84, Söderström 84, Palm 83, Lund 82, Bergqvist 82,
Jonasson 82, Borg 82, Rosén 81, Ivarsson 81, Möller 80, Andreasson 80, Englund 79, Lindblom 79, Ekman 79,
Hallberg 78, Göransson 77, Sjöström 76, Strand 76, Lindahl 76, Stenberg 75, Davidsson 75, Josefsson 74,
Friberg 74, Bäckström 74, Lilja 73, Hedberg 73, Söderlund 73, Boström 73, Ottosson 73, Skoglund 73,
Nygren 72, Holmström 72, Roos 71, Strandberg 71, Wikström 70, Höglund 70, Björkman 70, Adolfsson 69,
Malm 69, Lindén 69, Börjesson 68, Erlandsson 66, Edlund 66, Franzén 65, Moberg 64, Norén 64, Haglund 64,
Melin 64, Claesson 64, Aronsson 61, Dahlgren 61, Ericsson 61, Johannesson 61, Dahlström 61, Östlund 61,
Alm 61, Blomberg 60, Lindell 59, Viklund 59, Holmqvist 59, Sundqvist 58, Öhman 58, Knutsson 58,
Högberg 58, Vikström 57, Nord 56, Wiklund 56, Sundin 56, Hedman 56, Sköld 55, Lindh 55, Ståhl 55,
Lundmark 55, Linder 54, Molin 54, Hedström 54, Svärd 54, Pålsson 53, Olausson 53, Sjödin 53, Lindblad 53,
Ljung 53, Ljungberg 53, Hagström 52, Jacobsson 52, Oskarsson 51, Ekberg 51, Boman 51, Malmberg 50,
Ohlsson 49, Hellberg 49, Paulsson 49, Brandt 48, Dahlin 48, Wahlström 48, Asplund 48, Törnqvist 47,
Wiberg 47, Näslund 47, Norman 47, Hedin 47, Ågren 47, Westerlund 46, Fors 46, Lindkvist 46,
Hjalmarsson 45, Westerberg 45, Ahlström 45, Forslund 44, Levin 44, Lundkvist 44, Edström 44, Grahn 44,
Hall 43, Westman 43, Frisk 43, Österberg 43, Berntsson 43, Hägglund 43, Augustsson 42, Marklund 42,
Lindvall 42, Backman 41, Dahlqvist 41, Hjelm 41, Nordqvist 41, Sjöstrand 41, Bäckman 41, Alfredsson 40,
Forsman 40, Nordlund 40, Lövgren 40, Westin 40, Hagberg 40, Byström 40, Ljunggren 40, Torstensson 40,
Alexandersson 39, Kristiansson 39, Lantz 39, Malmström 39, Hagman 39, Niklasson 39, Bertilsson 39,
Backlund 39, Sjöblom 39, Wall 39, Lennartsson 38, Karlström 38, Rydberg 38, Granberg 38, Sjöholm 38,
Hellman 38, Ahlberg 38, Simonsson 38, Rosengren 38, Almqvist 37, Edvardsson 37, Ahlgren 37, Bäck 37,
Hammar 37, Östman 37, Krantz 37, Bergkvist 37, Kjellberg 37, Skog 37, Hallgren 37, Ericson 37, Ekholm 36,
Svedberg 36, Wahlberg 36, Lundell 36, Sandin 36, Palmqvist 36, Westberg 36, Thorén 35, Sahlin 35,
Emanuelsson 35, Engman 35, Rydén 35, Åkerlund 35, Svanberg 35, Hellgren 35, Holgersson 35, Broberg 34,
Hult 34, Hägg 34, Lindmark 34, Andrén 34, Malmqvist 34, Salomonsson 34, Nordgren 33, Svahn 33,
Ekstrand 33, Antonsson 33, Strid 32, Engdahl 32, Klasson 32, Hultman 32, Nylander 32, Malmgren 32,
Broman 32, Green 32, Sjölund 32, Asp 32, Eklöf 31, Engberg 31, Hultgren 31, Stark 31, Blomgren 31,
Bodin 31, Hallin 31, Karlberg 31, Hammarström 31, Ekelund 31, Sandgren 31, Sandell 31, Blixt 31,
Henningsson 31, Skoog 31, Gabrielsson 30, Nordberg 30, Söderqvist 30, Lidén 30, Frank 29, Jeppsson 29,
Linde 29, Melander 29, Östberg 29, Brännström 29, Granath 29, Ekdahl 29, Lundh 29, Wester 29, Bohlin 29,
Kvist 29, Sjöstedt 29, Lindskog 29, Burman 29, Norling 29, Granström 28, Söderholm 28, Wennberg 28,
Helgesson 28, Haraldsson 28, Borgström 27, Werner 27, Wilhelmsson 27, Lindfors 27, Granlund 27, Holst 27,
Israelsson 27, Edin 27, Einarsson 27, Kristensson 27, Ahlqvist 27, Forsgren 27, Widén 27, Brodin 27,
Bolin 26, Edman 26, Sjölander 26, Ahlin 26, Vesterlund 26, Landin 26, Bylund 26, Storm 26, Sjölin 26,
Forsell 26, Kristoffersson 26, Rosenqvist 26, Vilhelmsson 26, Norrman 26, Robertsson 26, Thulin 26,
Liljegren 26, Stenström 25, Carlson 25, Häggström 25, Lundblad 25, Bergsten 25, Norgren 25, Lindquist 25,
Almgren 25, Källström 25, Pihl 25, Halvarsson 25, Westlund 25, Rosenberg 25, Elofsson 25, Kling 25,
Viberg 24, Folkesson 24, Söderman 24, Östling 24, Sundell 24, Landström 24, Lundquist 24, Löf 24,
Palmgren 24, Wallgren 24, Åslund 24, Södergren 24, Wahlgren 24, Brolin 24, Edberg 24, Vallin 24,
Bergvall 24, Nordlander 24, Anderberg 23, Wallén 23, Lidström 23, Turesson 23, Zetterberg 23,
Ljungqvist 23, Steen 23, Bergstrand 23, Juhlin 23, Gren 23, Ferm 23, Roth 23, Dahlén 23, Engvall 23,
Grönlund 23, Lönn 23, Svantesson 23, Frid 23, Carlberg 23, Jarl 23, Olander 23, Vestin 23, Norlin 22,
Nylén 22, Flink 22, Modig 22, Winberg 22, Åsberg 22, Lundholm 22, Bohman 22, Hjort 22, Ingvarsson 22,
Brink 22, Rask 22, Åkerman 22, Rehn 22, Selin 22, Blomkvist 21, Stenlund 21, Fagerström 21, Thor 21,
Emilsson 21, Bergdahl 21, Gullberg 21
"""

COMMON_SURNAMES: tuple[str, ...]
COMMON_WEIGHTS: tuple[int, ...]
COMMON_SURNAMES, COMMON_WEIGHTS = zip(
    *((name, int(hundreds)) for name, hundreds in (pair.split() for pair in BEARERS_IN_HUNDREDS.split(","))),
    strict=True,
)

# The other three people in five bear names too rare for the list. Most are such compounds, of
# which Swedish has tens of thousands.
NATURE_FIRST = words(
    """
Ahl Alf Alm Ask Back Berg Björk Bjur Blad Blom Boll Bord Brand Bro Brunn By Bäck Cronn Dahl Dal Djur Ed
Ek Elf Eng Fager Fall Fjell Flod Fors Fri Frö Fur Gran Grip Gräs Grön Gull Gyll Hag Hall Hammar Hed Hill
Hjort Holm Horn Hult Hägg Hög Kall Karl Klang Klar Kling Klint Kron Kull Käll Lager Land Lejon
Lilje Lille Lind Ljung Lov Lund Löf Löv Malm Mark Mell Mo Mård Nord Ny Näs Odel Orr Palm Ram Ren
Ring Ros Rud Rut Ryd Rönn Sand Sed Sjö Skog Sköld Solv Sten Stjern Strand Ström Sund Svan Säll
Söder Tall Teg Torn Tun Törn Udd Vall Ved Vester Vik Vinter Väst Zack Zetter Åker Ång Ås Öst
"""
)
NATURE_LAST = words(
    """
berg ström gren kvist qvist dahl lund blad blom stedt man ström hed holm fors vall mark stam strand
stig felt feldt hult löf löv roth ros rot sjö skog sten svärd torp ving vik bäck dal land ljung beck
borg brandt bo by fält grip gård hammar hjelm hök kull lid lind näs quist rud ryd sköld stål träd
"""
)
NATURE_ENDINGS = ("én", "in", "ell", "lin", "ander", "elius", "ing", "ner")
