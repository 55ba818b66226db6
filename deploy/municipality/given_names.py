"""Call names by sex and decade of birth, and names that came to Sweden with their bearers.

Owns the tables. Each list stands in about the order of Statistics Sweden's lists of names given
in that decade; `names.py` turns the rank into a weight. The lists are short on purpose: they make
namesakes about as common as they are, they are not a register.
"""

from dataclasses import dataclass

from deploy.municipality.word_lists import words

# From which year of birth, and the names in order.
FEMALE: tuple[tuple[int, tuple[str, ...]], ...] = (
    (
        1950,
        words(
            """
Eva Marie Lena Karin Kerstin Birgitta Anita Maria Ulla Inger Gunilla Annika Elisabeth Monica
Marianne Ann-Christin Susanne Margareta Agneta Carina Åsa Anne Helena Catharina Pia Ingela
Christina Maud Ann Siv Lisbeth Yvonne Barbro Anna Britt-Marie Solveig Ewa Anneli Ingrid Gun
"""
        ),
    ),
    (
        1965,
        words(
            """
Maria Anna Susanne Helena Annika Åsa Karin Camilla Carina Monica Lena Marie Anneli Eva
Charlotte Jenny Pernilla Ann-Sofie Katarina Ulrika Malin Petra Cecilia Jessica Kristina Anette
Linda Elisabeth Helene Therese Anna-Karin Sofia Ingela Marika Christina Mia Yvonne Johanna
Anna-Lena Pia
"""
        ),
    ),
    (
        1975,
        words(
            """
Anna Maria Jenny Malin Linda Sara Johanna Sofia Jessica Therese Emma Camilla Karin Lina Ulrika
Kristina Katarina Hanna Elin Cecilia Helena Annika Charlotte Veronica Emelie Madeleine Josefin
Frida Marie Susanna Åsa Pernilla Petra Angelica Erika Ida Lisa Sandra Eva Carolina
"""
        ),
    ),
    (
        1985,
        words(
            """
Emma Sara Anna Hanna Johanna Elin Linnéa Sofia Jenny Amanda Ida Malin Josefin Frida Sandra
Matilda Lisa Rebecca Caroline Emelie Felicia Jessica Julia Louise Maria Amalia Evelina Linda
Cecilia Therese Erika Isabelle Moa Madeleine Lovisa Ellen Karin Alexandra Elina Kristin
"""
        ),
    ),
    (
        1995,
        words(
            """
Emma Julia Elin Amanda Hanna Linnéa Matilda Moa Ida Wilma Sara Ebba Felicia Alva Johanna Emilia
Tilda Maja Klara Sofia Ellen Frida Agnes Nathalie Alice Tindra Elina Isabelle Saga Lovisa
Thea Nellie Smilla Cornelia Olivia Ella Filippa Stina Rebecka Ronja
"""
        ),
    ),
)

MALE: tuple[tuple[int, tuple[str, ...]], ...] = (
    (
        1950,
        words(
            """
Lars Anders Jan Per Peter Hans Mikael Bengt Bo Göran Thomas Leif Christer Ulf Kjell Sven Stefan
Håkan Karl-Erik Mats Roger Stig Tommy Rolf Magnus Gunnar Kenneth Åke Lennart Ingemar Björn
Jan-Erik Claes Tord Torbjörn Roland Conny Staffan Urban Dan
"""
        ),
    ),
    (
        1965,
        words(
            """
Mikael Anders Peter Fredrik Magnus Thomas Stefan Johan Jonas Lars Per Mats Henrik Jan Patrik
Håkan Andreas Mattias Niklas Daniel Martin Ulf Jörgen Christian Robert Urban Tomas Hans Roger
Marcus Joakim Karl David Björn Erik Tony Kent Jimmy Göran Pär
"""
        ),
    ),
    (
        1975,
        words(
            """
Andreas Johan Mattias Daniel Fredrik Marcus Magnus Peter Henrik Jonas Niklas Martin David
Christian Patrik Mikael Erik Robert Jimmy Anders Tobias Per Karl Johannes Björn Stefan Thomas
Joakim Kristoffer Oskar Jens Viktor Linus Richard Rickard Gustav Samuel Ola Alexander Pontus
"""
        ),
    ),
    (
        1985,
        words(
            """
Erik Marcus Johan Daniel Simon Alexander Andreas Viktor Sebastian Emil Oskar Jonathan Robin
Anton Fredrik David Gustav Joakim Tobias Kristoffer Philip Johannes Rasmus Linus Martin Christoffer
Niklas Jesper Adam Mattias Henrik Samuel Filip Jakob Karl Albin Joel Axel Pontus Patrik
"""
        ),
    ),
    (
        1995,
        words(
            """
Oskar Simon Filip Emil Viktor Alexander Anton William Lucas Erik Elias Jonathan Isak Adam
Gustav Axel Albin Hugo Sebastian Rasmus Linus Joel Jacob Max Ludvig Felix Hampus Melvin Kevin
Anton Alvin Casper Theo Liam Edvin Noah August Arvid Malte Tim
"""
        ),
    ),
)

# Rarer call names of every age: one in seven.
FEMALE_RARE = words(
    """
Gudrun Ylva Disa Vendela Signe Märta Svea Tove Tyra Hillevi Gunhild Estrid Ragnhild Ulrica Beatrice Miriam
Viveka Vivianne Ottilia Lea Naima Selma Astrid Freja Greta Elvira Rut Judit Mirjam Gabriella Viktoria Teres
Ann-Marie Eva-Lena Anna-Maria Eva-Britt Marie-Louise Rose-Marie Lise-Lott Anna-Carin Desirée Renée Siri Jonna
Nina Paula Titti Vanja Ylwa Liv Minna Annelie Carola Gun-Britt Regina Rosita Tina Tuva Vera Wera
"""
)
MALE_RARE = words(
    """
Sigvard Tage Folke Ivar Algot Torsten Ture Yngve Birger Hilding Sixten Evert Börje Sören Uno Vidar Loke
Sigge Love Melker Vilgot Ebbe Frans Charlie Noel Milton Josef Nils Olof Olle Otto Pelle Petter Sven-Erik
Lars-Göran Per-Olof Karl-Johan Jan-Olov Carl-Johan Ingvar Jerker Krister Kurt Manfred Morgan Ragnar Rune
Sivert Sture Svante Tor Vincent Wilhelm Zacharias Östen René André Tim Ronny Benny
"""
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Names that belong together: nobody is called Gunilla Gebremedhin by pure chance."""

    weight: int
    female: tuple[str, ...]
    male: tuple[str, ...]
    surnames: tuple[str, ...]


def _origin(weight: int, female: str, male: str, surnames: str) -> Origin:
    return Origin(weight, words(female), words(male), words(surnames))


FOREIGN = (
    _origin(
        20,
        "Päivi Tuula Riitta Marja Leena Satu Tarja Anne Minna Kirsi",
        "Jari Timo Juha Markku Kari Mika Antti Pekka Jukka Heikki",
        "Korhonen Virtanen Mäkinen Nieminen Heikkinen Järvinen Lehtonen Hämäläinen Koskinen Räsänen Mäki Saarinen",
    ),
    _origin(
        22,
        "Fatima Zahra Noor Maryam Rana Hanan Layla Samira Amal Huda Rasha Dina",
        "Ahmad Mohammed Ali Omar Hassan Mustafa Khaled Youssef Bilal Samir Tareq Ziad",
        "Ali Ahmed Hassan Ibrahim Hussein Khalil Saleh Mustafa Haddad Khoury Al-Rubaie Mahmoud Issa Darwish Nasser",
    ),
    _origin(
        12,
        "Amina Halima Hodan Sahra Fartun Ifrah Nasra Ayaan Khadra Deqa",
        "Abdi Mohamed Abdullahi Yusuf Ismail Hassan Abdirahman Mahad Liban Guled",
        "Mohamud Abdi Farah Warsame Jama Osman Hersi Nur Duale Adan Aden Yusuf",
    ),
    _origin(
        14,
        "Emina Jasmina Amra Lejla Azra Selma Ivana Dragana Mirela Snežana",
        "Emir Admir Senad Haris Goran Zoran Nermin Damir Željko Dejan",
        "Hodžić Begić Kovačević Petrović Jovanović Delić Hadžić Mujkić Marković Gashi Krasniqi Berisha",
    ),
    _origin(
        9,
        "Agnieszka Małgorzata Ewa Joanna Magdalena Beata Dorota Monika",
        "Piotr Tomasz Krzysztof Paweł Grzegorz Marcin Andrzej Michał",
        "Nowak Kowalska Wiśniewski Wójcik Kamińska Lewandowski Zieliński Szymański Dąbrowski Piątek",
    ),
    _origin(
        10,
        "Shirin Parisa Maryam Azadeh Leila Mahsa Nasrin Zahra",
        "Reza Amir Hossein Babak Mehdi Arash Behzad Farid",
        "Hosseini Mohammadi Ahmadi Jafari Karimi Rezai Moradi Rahimi Sharifi Akbari Amiri Haidari",
    ),
    _origin(
        7,
        "Rojin Dilan Zeynep Elif Aylin Gülsen Fatma Berivan",
        "Mehmet Murat Emre Baran Serkan Rezan Hüseyin Azad",
        "Yılmaz Demir Kaya Öztürk Çelik Şahin Aydın Yıldız Barzani Kurt",
    ),
    _origin(
        6,
        "Selam Miriam Almaz Senait Helen Rahel Tsega Yordanos",
        "Dawit Yonas Samuel Tesfay Robel Filmon Merhawi Abraham",
        "Tesfay Gebremedhin Haile Kidane Tekle Berhane Ghebreab Mehari Woldu",
    ),
    _origin(
        6,
        "Somchai Malee Siriporn Suda Nong Wanida Linh Mai",
        "Anan Somsak Wei Minh Duc Hung Long Tuan",
        "Nguyen Tran Pham Le Srisuk Saetang Chaiyasit Wang Chen Hoang",
    ),
    _origin(
        6,
        "Lucía Carmen Marisol Paola Camila Verónica Gabriela Ximena",
        "José Carlos Luis Andrés Rodrigo Javier Cristián Pablo",
        "González Muñoz Rojas Díaz Pérez Soto Contreras Silva Martínez Sepúlveda Fuentes",
    ),
)
